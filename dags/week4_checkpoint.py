"""The protocol's checkpoint, four weeks after first dose, and the early warning of non-response.

Woken by new records, swept every night: an absent sample is an event too, and only the calendar shows it.
What is owed is sent even where judging failed: an earlier night may have left it.
"""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.records, schedules.NIGHTLY), **schedules.COMMON)
def week4_checkpoint():
    @task
    def judge():
        return steps.judge()

    @task(trigger_rule="all_done")
    def tell():
        return steps.tell()

    @task(outlets=[assets.verdicts])
    def announce(judged):
        return steps.announce_verdicts(judged)

    judged = judge()
    judged >> tell()
    announce(judged)


week4_checkpoint()
