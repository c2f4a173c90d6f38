"""Uses DefaultAzureCredential with several libraries, and prints their results as a line of JSON."""
import asyncio
import json

import adlfs
from azure.identity import DefaultAzureCredential
from azure.identity.aio import DefaultAzureCredential as AsynchronousCredential
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient


def secret():
    client = SecretClient("https://contoso.vault.azure.net", DefaultAzureCredential())
    return client.get_secret("greeting").value


def blob():
    service = BlobServiceClient("https://contosostate.blob.core.windows.net", credential=DefaultAzureCredential())
    client = service.get_blob_client("state", "from-python.txt")
    client.upload_blob("hello from Python", overwrite=True)
    names = [found.name for found in service.get_container_client("state").list_blobs(name_starts_with="from-")]
    return [names, client.download_blob().readall().decode()]


def file_system():
    files = adlfs.AzureBlobFileSystem(account_name="contosostate", anon=False)
    files.pipe_file("state/adlfs/greeting.txt", b"hello from adlfs")
    return [files.ls("state/adlfs", detail=False), files.cat("state/adlfs/greeting.txt").decode()]


async def token():
    async with AsynchronousCredential() as credential:
        return (await credential.get_token("https://management.azure.com/.default")).token


print(
    json.dumps({"token": asyncio.run(token()), "secret": secret(), "blob": blob(), "fileSystem": file_system()})
)
