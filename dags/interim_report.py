"""The open interim report that study monitors read: every night, and whenever a verdict or a safety signal changed.

What the report itself owes (a second program that gives its estimates differently) is told at once.
"""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.verdicts | assets.signals, schedules.NIGHTLY), **schedules.COMMON)
def interim_report():
    @task
    def publish():
        return steps.publish()

    @task
    def tell():
        return steps.tell()

    publish() >> tell()


interim_report()
