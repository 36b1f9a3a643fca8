"""What bench/run.py is made of: processes, databases, the server, floors, load, lines, the report."""
