"""Prints an access token of DefaultAzureCredential: python default-credential.py <scope>"""
import sys

from azure.identity import DefaultAzureCredential

print(DefaultAzureCredential().get_token(sys.argv[1]).token)
