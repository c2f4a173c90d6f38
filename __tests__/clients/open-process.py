"""A long-running process with one DefaultAzureCredential.

Reads lines `token <scope>` or `forward <seconds>` (sets its clock forward) and prints a line of JSON for each.
"""
import json
import sys
import time

from azure.identity import DefaultAzureCredential


def get_token(scope):
    try:
        return {"token": credential.get_token(scope).token}
    except Exception as error:
        return {"error": str(error)}


credential = DefaultAzureCredential()
now = time.time
for line in sys.stdin:
    command, argument = line.split()
    if command == "forward":
        ahead = float(argument)
        time.time = lambda: now() + ahead
    print(json.dumps({} if command == "forward" else get_token(argument)), flush=True)
