"""The open interim report that study monitors read: every night, and whenever a verdict or a safety signal changed."""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.verdicts | assets.signals, schedules.NIGHTLY), **schedules.COMMON)
def interim_report():
    @task
    def publish():
        return steps.publish()

    publish()


interim_report()
