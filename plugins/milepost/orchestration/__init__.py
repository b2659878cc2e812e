"""Airflow's side: when the workflows run and what wakes them. The only package that imports Airflow.

Events wake, tables decide: an asset event may be lost, doubled or late, so a task never believes one; it asks the
store what is not done yet, and timers sweep. Importing this package stays light, because Airflow parses the DAG
files every half minute: pandas, the store and the runtime are imported inside the tasks.
"""
