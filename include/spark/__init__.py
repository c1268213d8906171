"""A Spark cluster on this machine, and the proof that both engines build the same marts.

How a build runs on Spark stands in include/warehouse/spark; this is what people start and stop by hand.
"""
