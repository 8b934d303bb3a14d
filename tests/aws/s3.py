"""s3 BUCKET VERB [ARGUMENT]...: look at a bucket and fill it, by botocore, at $AWS_ENDPOINT_URL_S3.

    make                  make the bucket
    versions              let it keep versions
    put FILE KEY...       put the file under each key; prints the version of each, if there is one
    get KEY FILE          get an object
    type KEY              print an object's content type
    uploads               print how many uploads in parts are not completed
"""
import concurrent.futures
import os
import sys

import botocore.config
import botocore.session


def open_client():
    config = botocore.config.Config(max_pool_connections=16, s3={'addressing_style': 'path'}, signature_version='s3v4')
    return botocore.session.get_session().create_client(
        's3', region_name=os.environ['AWS_REGION'],
        endpoint_url=os.environ['AWS_ENDPOINT_URL_S3'], config=config)


def main(bucket, verb, *arguments):
    s3 = open_client()
    if verb == 'make':
        s3.create_bucket(Bucket=bucket)
    elif verb == 'versions':
        s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={'Status': 'Enabled'})
    elif verb == 'put':
        with open(arguments[0], 'rb') as file:
            body = file.read()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for put in pool.map(
                    lambda key: s3.put_object(Bucket=bucket, Key=key, Body=body), arguments[1:]):
                print(put.get('VersionId', ''))
    elif verb == 'get':
        with open(arguments[1], 'wb') as file:
            file.write(s3.get_object(Bucket=bucket, Key=arguments[0])['Body'].read())
    elif verb == 'type':
        print(s3.head_object(Bucket=bucket, Key=arguments[0])['ContentType'])
    elif verb == 'uploads':
        print(len(s3.list_multipart_uploads(Bucket=bucket).get('Uploads', [])))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
