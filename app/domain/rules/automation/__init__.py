"""Rules of Jira Automation, as it exports them, become rules of ours.

Shapes: Cloud's export (`{"cloud": true, "rules": [...]}`), Data Center's (`{"cloud": false, …}`),
one rule as the REST API gives it (`{"rule": {...}}`), and a bare rule. The shapes of values are not
documented; what is read here was seen in public exports. Whatever looks otherwise is unknown, and told.
"""
