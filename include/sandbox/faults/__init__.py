"""Faults that the sandbox can have: every way in which the source was seen to fail, or may.

A fault is switched on for a run (`serve --fault NAME[:key=value,...]`) or over HTTP while the server runs (`/_faults`).
Which requests and records it strikes is counted, never random, so that a run can be repeated.

    exchange.py     one request and what would be answered; what a fault is
    answers.py      faults of whole answers: refusals, errors, wrong bodies
    pages.py        faults of list pages: cursors, short pages, counts, copies
    records.py      faults of single records
    delivery.py     how an answer is sent: whole, cut off, drop by drop
    catalogue.py    all of them by name
    switchboard.py  which are on, whom they struck
    application.py  the ASGI application around the API that applies them
"""
