"""What sites send: claimed, checked, recorded or quarantined. Data management plan, and E6(R3) 4.2.5.

Woken by files in an inbox, swept every quarter of an hour (SFTP servers call nobody). Mapped over chunks of
sites; one bad file stops neither its neighbours nor another site.
"""

from airflow.sdk import dag, task

from milepost.orchestration import assets, schedules, steps


@dag(schedule=schedules.woken_by(assets.inbox, schedules.EVERY_QUARTER), **schedules.COMMON)
def site_intake():
    @task
    def discover():
        return steps.site_chunks()

    @task
    def receive(sites):
        return steps.receive(sites)

    @task(outlets=[assets.records])
    def announce(received):
        return steps.announce_records(received)

    @task(outlets=[assets.records], retries=1)
    def ask_again(received):
        return steps.ask_again(received)

    received = receive.expand(sites=discover())
    announce(received)
    ask_again(received)


site_intake()
