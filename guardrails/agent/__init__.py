"""What an assistant is about to do -> pass, ask or deny, before it happens.

It is a seat belt, not a wall: it knows forms, and no list of forms is complete.
"""
