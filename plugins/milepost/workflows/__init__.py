"""In which order things happen: receive, assess, notify, publish. Each may die and run again."""
