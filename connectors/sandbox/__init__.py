"""A stand-in Jira, Cloud or Data Center: a process of its own, spoken to over HTTP only.

Users try Burnish in it before they trust it with a token; tests take it for the truth about Jira. So it
shares no code with the client that is tested against it, and offers it no short cut.
"""
