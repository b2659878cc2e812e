"""The closed report, by arm, for the data monitoring committee: made when asked for, handed out when a person says so.

In a DAG of its own, so that the night never waits for an answer. Nothing is scheduled: a look is held by decision.
"""

from airflow.sdk import dag, task

from milepost.orchestration import approval, schedules, steps


@dag(schedule=None, params=approval.asked(), **schedules.WAITING)
def closed_report():
    @task
    def prepare(params=None):
        return steps.prepare_closed(params)

    @task
    def conclude(report, answer, params=None):
        return steps.conclude_closed(report, params, answer)

    report = prepare()
    conclude(report, approval.wait_for_release(report))


closed_report()
