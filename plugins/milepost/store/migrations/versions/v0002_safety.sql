ALTER TABLE milepost.alert ADD COLUMN about TEXT, ADD COLUMN signal INTEGER;

ALTER TABLE milepost.ae_record ADD COLUMN aesdth TEXT;

ALTER TABLE milepost.lb_record ADD COLUMN lbfast TEXT;

ALTER TABLE milepost.rs_record ADD COLUMN rsstat TEXT, ADD COLUMN rsevalid TEXT, ADD COLUMN rsacptfl TEXT;

ALTER TABLE milepost.tr_record ADD COLUMN trstat TEXT, ADD COLUMN trreasnd TEXT, ADD COLUMN trevalid TEXT, ADD COLUMN tracptfl TEXT;

ALTER TABLE milepost.tu_record ADD COLUMN tuevalid TEXT, ADD COLUMN tuacptfl TEXT;

CREATE TABLE milepost.signal (
	kind TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	line INTEGER NOT NULL,
	about TEXT NOT NULL,
	version INTEGER NOT NULL,
	as_of DATE NOT NULL,
	known_at TIMESTAMP WITH TIME ZONE NOT NULL,
	active BOOLEAN NOT NULL,
	facts_hash TEXT NOT NULL,
	config_hash TEXT NOT NULL,
	facts JSON NOT NULL,
	detail JSON NOT NULL,
	CONSTRAINT signal_pkey PRIMARY KEY (kind, siteid, usubjid, line, about, version)
);

CREATE INDEX signal_usubjid ON milepost.signal (usubjid);

CREATE TABLE milepost.watch_due (
	next_on DATE NOT NULL,
	usubjid TEXT NOT NULL,
	CONSTRAINT watch_due_pkey PRIMARY KEY (next_on, usubjid)
);

CREATE TABLE milepost.watch_run (
	as_of DATE NOT NULL,
	known_at TIMESTAMP WITH TIME ZONE NOT NULL,
	config_hash TEXT NOT NULL,
	watched BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	CONSTRAINT watch_run_pkey PRIMARY KEY (as_of, known_at, config_hash)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.signal FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.watch_run FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.watch_due FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TABLE milepost.contact (
	siteid TEXT NOT NULL,
	day DATE NOT NULL,
	CONSTRAINT contact_pkey PRIMARY KEY (siteid, day)
);

CREATE TABLE milepost.digest (
	channel TEXT NOT NULL,
	recipient TEXT NOT NULL,
	role TEXT NOT NULL,
	siteid TEXT NOT NULL,
	day DATE NOT NULL,
	CONSTRAINT digest_pkey PRIMARY KEY (channel, recipient, role, siteid, day)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.contact FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();
