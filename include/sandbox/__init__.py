"""The sandbox: an OpenAlex-compatible HTTP server on loopback, and the corpora that it serves.

A development and test tool. The pipeline sees nothing of it but a base URL. Generated corpora are invented from a seed
and say so everywhere; recorded corpora are served as they were recorded.

    corpus.py     a corpus on disk: corpus.json, documents (pre-rendered JSON), index tables
    targets.py    the national aggregates that a generated corpus is calibrated to
    names.py      invented institutions, funders and demonstration lists
    generator.py  seed -> clean tables -> documents, index, overlay lists, truth
    truth.py      what the six marts must say about a generated corpus
    recorded.py   recorded records -> a corpus
    catalog.py    what can be filtered, grouped, sorted and selected
    engine.py     requests -> rows -> JSON pages
    limits.py     keys, rate and budget
    server.py     HTTP
"""
