"""The questions that go back to the sites: one letter a site with everything open, and the alerts about files.

Woken by new records (a refused row is a question at once), swept every night.
"""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.records, schedules.NIGHTLY), **schedules.COMMON)
def site_queries():
    @task
    def write_letters():
        return steps.write_letters()

    @task(trigger_rule="all_done")
    def tell():
        return steps.tell()

    write_letters() >> tell()


site_queries()
