"""A process that stays open with one DefaultAzureCredential.

Reads a line `token <scope>` or `forward <seconds>` (puts its clock forward) and answers each with a line of JSON.
"""
import json
import sys
import time

from azure.identity import DefaultAzureCredential


def answer(scope):
    try:
        return {"token": credential.get_token(scope).token}
    except Exception as error:
        return {"error": str(error)}


credential = DefaultAzureCredential()
now = time.time
for line in sys.stdin:
    order, argument = line.split()
    if order == "forward":
        ahead = float(argument)
        time.time = lambda: now() + ahead
    print(json.dumps({} if order == "forward" else answer(argument)), flush=True)
