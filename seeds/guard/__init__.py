"""Is this a development database? Unknown means no.

A name is no evidence. What counts is the address that a name leads to, whether anything stands between
us and the server, and what the server says of itself. It is decided before anything is sent, and again on
the live connection, which takes nothing from the environment but the one DSN.

What is certain is refused for good. What is only likely is a doubt: a person who knows the database
lifts doubts by marking it as disposable, at a terminal.
"""
