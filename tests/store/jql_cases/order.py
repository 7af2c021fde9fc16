"""How what was found is sorted."""

CASES = [
    # of several values the smallest counts
    ("labels is not empty order by labels asc", "1 2"),
    ("labels is not empty order by labels desc", "2 1"),
    # order
    ("order by key", "1 2 10"),
    ("order by key desc", "10 2 1"),
    ("priority is not empty order by priority desc", "1 10"),
    ("priority is not empty order by priority asc", "10 1"),
    ("priority is not empty order by priority", "1 10"),
    ("order by created", "10 2 1"),
    ("order by created asc", "1 2 10"),
    ("order by updated", "1 10 2"),
    ("order by due", "2 10 1"),
    ("order by due asc", "1 10 2"),
    ("order by due desc", "2 10 1"),
    ("order by duedate asc, key, due desc", "1 10 2"),
    ("order by created, key, created asc", "10 2 1"),
    ("order by type asc, 'Story Points' desc", "1 2 10"),
    ("order by assignee, created desc", "10 1 2"),
    ("order by status", "1 10 2"),
    ("order by status asc", "2 10 1"),
    ("order by status desc", "1 10 2"),
    ("order by statusCategory desc, key", "1 10 2"),
    ("order by project, key", "1 2 10"),
    ("order by type, key", "2 10 1"),
    ("order by type asc, key", "1 2 10"),
    # texts as they are written: capitals before small letters
    ("order by summary", "2 1 10"),
    # an option before those below it
    ("order by Place, key", "2 1 10"),
    ("order by Place desc, key", "10 1 2"),
]
