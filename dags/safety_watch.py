"""The watch over safety: potential liver injury, serious events, grave laboratory values, progression, silent sites.

Woken by new records, swept every night: a site that falls silent sends nothing that could wake anybody.
What is owed is sent even where the watch failed: an earlier night may have left it.
"""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.records, schedules.NIGHTLY), **schedules.COMMON)
def safety_watch():
    @task
    def watch():
        return steps.watch()

    @task(trigger_rule="all_done")
    def tell():
        return steps.tell()

    @task(outlets=[assets.signals])
    def announce(changed):
        return steps.announce_signals(changed)

    changed = watch()
    changed >> tell()
    announce(changed)


safety_watch()
