"""fill.py S3 DYNAMODB: make the bucket and the table that tests expect, at the endpoints given."""

import sys

import botocore.session


def client(service, endpoint):
    return botocore.session.get_session().create_client(service, region_name="us-east-1", endpoint_url=endpoint)


def main(s3, dynamodb):
    client("s3", s3).create_bucket(Bucket="photos")
    table = client("dynamodb", dynamodb)
    table.create_table(
        TableName="images",
        AttributeDefinitions=[{"AttributeName": "image_key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "image_key", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.get_waiter("table_exists").wait(TableName="images", WaiterConfig={"Delay": 1, "MaxAttempts": 30})


main(*sys.argv[1:])
