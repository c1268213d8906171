"""What one stage hands to the next: the files' formats, each in one module that writer and reader share.

Stages never import each other; they meet here. A format is a pydantic model with a `schema_version`; unknown fields are
an error, so that a file of another version is refused with a sentence instead of being half understood.
"""
