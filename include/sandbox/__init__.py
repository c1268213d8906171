"""The sandbox: an OpenAlex-compatible HTTP server on loopback, and the corpora that it serves.

A development and test tool. The pipeline sees nothing of it but a base URL. Generated corpora are invented from a seed
and say so everywhere; recorded corpora are served as they were recorded.

    corpus.py     a corpus on disk: corpus.json, documents (pre-rendered JSON), index tables
    targets.py    the national aggregates that a generated corpus is calibrated to
    names.py      invented institutions, funders, award numbers and demonstration lists
    subject.py    the topics of the subject
    generator.py  a corpus from a seed, made once and reused; its later states
    tables.py     the clean tables: what is true
    documents.py  clean tables -> JSON, with the dirt of real records
    index.py      clean tables -> index tables
    truth/        what the marts must say about a generated corpus
    recorded.py   recorded records -> a corpus
    catalog.py    what can be filtered, grouped, sorted and selected
    query.py      reads a list request and says what is wrong with it
    engine.py     requests -> rows -> JSON pages
    background.py the works that are only there to be counted
    limits.py     keys, rate and budget
    server.py     HTTP
    faults/       what goes wrong, when asked for
"""
