CREATE SCHEMA IF NOT EXISTS milepost;

CREATE TABLE milepost.ae_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	aerefid TEXT,
	aeterm TEXT,
	aedecod TEXT,
	aebodsys TEXT,
	aetoxgr TEXT,
	aeser TEXT,
	aerel TEXT,
	aeacn TEXT,
	aeout TEXT,
	aestdtc TEXT,
	aeendtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX ae_record_key ON milepost.ae_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX ae_record_known ON milepost.ae_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX ae_record_replaces ON milepost.ae_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.alert (
	key TEXT NOT NULL,
	kind TEXT NOT NULL,
	role TEXT NOT NULL,
	episode INTEGER NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT,
	line INTEGER,
	checkpoint TEXT,
	assessment INTEGER,
	severity TEXT NOT NULL,
	owed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	owed_on DATE NOT NULL,
	act_by DATE,
	send TEXT NOT NULL,
	config_hash TEXT NOT NULL,
	detail JSON NOT NULL,
	CONSTRAINT alert_pkey PRIMARY KEY (key)
);

CREATE INDEX alert_usubjid_line_checkpoint ON milepost.alert (usubjid, line, checkpoint);

CREATE TABLE milepost.assessment (
	usubjid TEXT NOT NULL,
	siteid TEXT NOT NULL,
	line INTEGER NOT NULL,
	checkpoint TEXT NOT NULL,
	version INTEGER NOT NULL,
	as_of DATE NOT NULL,
	known_at TIMESTAMP WITH TIME ZONE NOT NULL,
	state TEXT NOT NULL,
	reason TEXT,
	final BOOLEAN NOT NULL,
	next_on DATE,
	input_hash TEXT NOT NULL,
	config_hash TEXT NOT NULL,
	detail JSON NOT NULL,
	CONSTRAINT assessment_pkey PRIMARY KEY (usubjid, line, checkpoint, version)
);

CREATE TABLE milepost.assessment_run (
	as_of DATE NOT NULL,
	known_at TIMESTAMP WITH TIME ZONE NOT NULL,
	config_hash TEXT NOT NULL,
	judged BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	CONSTRAINT assessment_run_pkey PRIMARY KEY (as_of, known_at, config_hash)
);

CREATE TABLE milepost.audit (
	seq BIGINT NOT NULL,
	at TEXT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	payload TEXT NOT NULL,
	prev BYTEA,
	hash BYTEA NOT NULL,
	CONSTRAINT audit_pkey PRIMARY KEY (seq)
);

CREATE TABLE milepost.cm_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	cmrefid TEXT,
	cmtrt TEXT,
	cmcat TEXT,
	cmstdtc TEXT,
	cmendtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX cm_record_key ON milepost.cm_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX cm_record_known ON milepost.cm_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX cm_record_replaces ON milepost.cm_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.configuration (
	hash TEXT NOT NULL,
	in_force_from TIMESTAMP WITH TIME ZONE NOT NULL,
	content TEXT NOT NULL,
	CONSTRAINT configuration_pkey PRIMARY KEY (in_force_from)
);

CREATE INDEX configuration_hash ON milepost.configuration (hash);

CREATE TABLE milepost.delivery (
	id BIGINT NOT NULL,
	siteid TEXT NOT NULL,
	layout TEXT,
	sha256 TEXT NOT NULL,
	bytes BIGINT NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT delivery_pkey PRIMARY KEY (id),
	CONSTRAINT delivery_siteid_sha256_layout_key UNIQUE NULLS NOT DISTINCT (siteid, sha256, layout)
);

CREATE TABLE milepost.dm_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	subjid TEXT,
	rficdtc TEXT,
	rfstdtc TEXT,
	dthdtc TEXT,
	dthfl TEXT,
	age TEXT,
	sex TEXT,
	race TEXT,
	ethnic TEXT,
	armcd TEXT,
	actarmcd TEXT,
	country TEXT,
	dmline TEXT,
	dmhbv TEXT,
	dmcpugh TEXT,
	dmscrf TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX dm_record_key ON milepost.dm_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX dm_record_known ON milepost.dm_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX dm_record_replaces ON milepost.dm_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.ds_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	dsrefid TEXT,
	dscat TEXT,
	dsdecod TEXT,
	dsterm TEXT,
	dsstdtc TEXT,
	dsline TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX ds_record_key ON milepost.ds_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX ds_record_known ON milepost.ds_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX ds_record_replaces ON milepost.ds_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.ex_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	exrefid TEXT,
	extrt TEXT,
	exdose TEXT,
	exdosu TEXT,
	exdosfrq TEXT,
	exstdtc TEXT,
	exendtc TEXT,
	exadj TEXT,
	exline TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX ex_record_key ON milepost.ex_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX ex_record_known ON milepost.ex_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX ex_record_replaces ON milepost.ex_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.fa_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	farefid TEXT,
	fatestcd TEXT,
	faobj TEXT,
	faorres TEXT,
	fadtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX fa_record_key ON milepost.fa_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX fa_record_known ON milepost.fa_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX fa_record_replaces ON milepost.fa_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.feed_position (
	siteid TEXT NOT NULL,
	feed TEXT NOT NULL,
	name_hash TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT feed_position_pkey PRIMARY KEY (siteid, feed, name_hash)
);

CREATE TABLE milepost.finding (
	delivery BIGINT NOT NULL,
	attempt INTEGER NOT NULL,
	domain TEXT NOT NULL,
	srcline INTEGER NOT NULL,
	emit INTEGER NOT NULL,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	reason TEXT NOT NULL,
	CONSTRAINT finding_pkey PRIMARY KEY (delivery, attempt, domain, srcline, emit, rule)
);

CREATE TABLE milepost.lb_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	lbrefid TEXT,
	lbtestcd TEXT,
	lbloinc TEXT,
	lborres TEXT,
	lborresu TEXT,
	lbornrlo TEXT,
	lbornrhi TEXT,
	lbstresn NUMERIC,
	lbstresu TEXT,
	lbspec TEXT,
	lbdtc TEXT,
	lbrcvdtc TEXT,
	lbnam TEXT,
	lbmethod TEXT,
	lblloq TEXT,
	lbuloq TEXT,
	lbstat TEXT,
	lbreasnd TEXT,
	visit TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX lb_record_key ON milepost.lb_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX lb_record_known ON milepost.lb_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX lb_record_replaces ON milepost.lb_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.mh_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	mhrefid TEXT,
	mhterm TEXT,
	mhdecod TEXT,
	mhoccur TEXT,
	mhstdtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX mh_record_key ON milepost.mh_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX mh_record_known ON milepost.mh_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX mh_record_replaces ON milepost.mh_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.pr_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	prrefid TEXT,
	prtrt TEXT,
	prcat TEXT,
	prstdtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX pr_record_key ON milepost.pr_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX pr_record_known ON milepost.pr_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX pr_record_replaces ON milepost.pr_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.query (
	id BIGINT NOT NULL,
	key TEXT NOT NULL,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	siteid TEXT NOT NULL,
	delivery BIGINT,
	srcline INTEGER,
	domain TEXT,
	usubjid TEXT,
	reckey TEXT,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	question TEXT NOT NULL,
	due_on DATE,
	CONSTRAINT query_pkey PRIMARY KEY (id),
	CONSTRAINT query_key_opened_at_key UNIQUE NULLS NOT DISTINCT (key, opened_at)
);

CREATE INDEX query_key ON milepost.query (key);

CREATE INDEX query_usubjid_domain_reckey ON milepost.query (usubjid, domain, reckey);

CREATE TABLE milepost.report (
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	as_of DATE NOT NULL,
	known_at TIMESTAMP WITH TIME ZONE NOT NULL,
	published_at TIMESTAMP WITH TIME ZONE NOT NULL,
	config_hash TEXT NOT NULL,
	code_version TEXT NOT NULL,
	predecessor TEXT,
	sha256 JSON NOT NULL,
	path TEXT NOT NULL,
	numbers JSON NOT NULL,
	CONSTRAINT report_pkey PRIMARY KEY (id, kind)
);

CREATE INDEX report_known_at ON milepost.report (known_at);

CREATE TABLE milepost.row_count (
	delivery BIGINT NOT NULL,
	attempt INTEGER NOT NULL,
	domain TEXT NOT NULL,
	disposition TEXT NOT NULL,
	rule TEXT NOT NULL,
	rows BIGINT NOT NULL,
	CONSTRAINT row_count_pkey PRIMARY KEY (delivery, attempt, domain, disposition, rule)
);

CREATE TABLE milepost.rs_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	rsrefid TEXT,
	rstestcd TEXT,
	rscat TEXT,
	rsorres TEXT,
	rseval TEXT,
	rsdtc TEXT,
	visit TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX rs_record_key ON milepost.rs_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX rs_record_known ON milepost.rs_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX rs_record_replaces ON milepost.rs_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.ss_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	ssrefid TEXT,
	sstestcd TEXT,
	ssorres TEXT,
	ssdtc TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX ss_record_key ON milepost.ss_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX ss_record_known ON milepost.ss_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX ss_record_replaces ON milepost.ss_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.stamp (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	actor TEXT NOT NULL,
	CONSTRAINT stamp_pkey PRIMARY KEY (known_from)
);

CREATE TABLE milepost.tr_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	trrefid TEXT,
	trlnkid TEXT,
	trgrpid TEXT,
	trtestcd TEXT,
	trorres TEXT,
	trorresu TEXT,
	treval TEXT,
	trmethod TEXT,
	trdtc TEXT,
	visit TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX tr_record_key ON milepost.tr_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX tr_record_known ON milepost.tr_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX tr_record_replaces ON milepost.tr_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.tu_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	turefid TEXT,
	tulnkid TEXT,
	tutestcd TEXT,
	tuorres TEXT,
	tuloc TEXT,
	tumethod TEXT,
	tueval TEXT,
	tudtc TEXT,
	visit TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX tu_record_key ON milepost.tu_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX tu_record_known ON milepost.tu_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX tu_record_replaces ON milepost.tu_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.vs_record (
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	srcline INTEGER NOT NULL,
	version INTEGER NOT NULL,
	occurrence INTEGER NOT NULL,
	adt DATE,
	retracted BOOLEAN NOT NULL,
	reckey TEXT NOT NULL,
	siteid TEXT NOT NULL,
	usubjid TEXT NOT NULL,
	status TEXT NOT NULL,
	resver TEXT,
	vsrefid TEXT,
	vstestcd TEXT,
	vsorres TEXT,
	vsorresu TEXT,
	vsdtc TEXT,
	visit TEXT,
	recstatus TEXT,
	recver TEXT,
	recreplaces TEXT
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX vs_record_key ON milepost.vs_record (usubjid, reckey, occurrence, version DESC);

CREATE INDEX vs_record_known ON milepost.vs_record USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX vs_record_replaces ON milepost.vs_record (usubjid, recreplaces) WHERE recreplaces IS NOT NULL;

CREATE TABLE milepost.alert_event (
	alert_key TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	event TEXT NOT NULL,
	channel TEXT NOT NULL,
	recipient TEXT NOT NULL,
	message_id TEXT,
	actor TEXT NOT NULL,
	as_of DATE,
	CONSTRAINT alert_event_pkey PRIMARY KEY (alert_key, event, channel, recipient),
	FOREIGN KEY(alert_key) REFERENCES milepost.alert (key)
);

CREATE TABLE milepost.outbox (
	alert_key TEXT NOT NULL,
	channel TEXT NOT NULL,
	recipient TEXT NOT NULL,
	attempts INTEGER NOT NULL,
	not_before TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT outbox_pkey PRIMARY KEY (alert_key, channel, recipient),
	FOREIGN KEY(alert_key) REFERENCES milepost.alert (key)
);

CREATE TABLE milepost.processing (
	delivery BIGINT NOT NULL,
	attempt INTEGER NOT NULL,
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	outcome TEXT NOT NULL,
	reason TEXT,
	config_hash TEXT NOT NULL,
	lines BIGINT NOT NULL,
	records BIGINT NOT NULL,
	CONSTRAINT processing_pkey PRIMARY KEY (delivery, attempt),
	FOREIGN KEY(delivery) REFERENCES milepost.delivery (id)
);

CREATE TABLE milepost.quarantine (
	id BIGINT NOT NULL,
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	attempt INTEGER NOT NULL,
	srcline INTEGER NOT NULL,
	emit INTEGER NOT NULL,
	siteid TEXT NOT NULL,
	domain TEXT NOT NULL,
	usubjid TEXT,
	reckey TEXT,
	test TEXT,
	dtc TEXT,
	is_sample BOOLEAN NOT NULL,
	rules JSON NOT NULL,
	reasons JSON NOT NULL,
	row JSON NOT NULL,
	ref TEXT,
	fingerprint TEXT NOT NULL,
	CONSTRAINT quarantine_pkey PRIMARY KEY (id),
	CONSTRAINT quarantine_delivery_attempt_domain_srcline_emit_key UNIQUE NULLS NOT DISTINCT (delivery, attempt, domain, srcline, emit),
	FOREIGN KEY(delivery) REFERENCES milepost.delivery (id)
);

CREATE INDEX quarantine_fingerprint ON milepost.quarantine (fingerprint);

CREATE INDEX quarantine_known ON milepost.quarantine USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX quarantine_usubjid_domain_reckey ON milepost.quarantine (usubjid, domain, reckey);

CREATE TABLE milepost.query_event (
	query BIGINT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	event TEXT NOT NULL,
	reason TEXT NOT NULL,
	delivery BIGINT,
	CONSTRAINT query_event_pkey PRIMARY KEY (query, at, event),
	FOREIGN KEY(query) REFERENCES milepost.query (id)
);

CREATE TABLE milepost.quarantine_release (
	quarantine BIGINT NOT NULL,
	known_from TIMESTAMP WITH TIME ZONE NOT NULL,
	delivery BIGINT NOT NULL,
	reason TEXT NOT NULL,
	CONSTRAINT quarantine_release_pkey PRIMARY KEY (quarantine),
	FOREIGN KEY(quarantine) REFERENCES milepost.quarantine (id)
);

CREATE INDEX quarantine_release_known ON milepost.quarantine_release USING brin (known_from) WITH (pages_per_range = 32, autosummarize = on);

CREATE FUNCTION milepost.forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING errcode = '42501', message = tg_op || ' on ' || tg_table_name || ': append only';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.dm_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.ex_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.lb_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.tu_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.tr_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.rs_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.ae_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.ds_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.ss_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.cm_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.pr_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.mh_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.vs_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.fa_record FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.configuration FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.stamp FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.delivery FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.processing FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.row_count FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.quarantine FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.quarantine_release FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.finding FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.query FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.query_event FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.assessment FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.assessment_run FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.alert FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.alert_event FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.report FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.feed_position FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON milepost.audit FOR EACH STATEMENT EXECUTE FUNCTION milepost.forbid_change();
