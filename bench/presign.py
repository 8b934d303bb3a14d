"""presign.py COUNT: sign so many uploads with botocore, and write what that took, as JSON."""

import json
import sys
import time

import botocore.config
import botocore.session

client = botocore.session.get_session().create_client(
    "s3",
    region_name="us-east-1",
    endpoint_url="https://s3.us-east-1.amazonaws.com",
    config=botocore.config.Config(signature_version="s3v4"),
)


def sign(number):
    return client.generate_presigned_url(
        "put_object",
        Params={
            "Bucket": "photos",
            "Key": f"uploads/u{number % 100}/photo-{number:07}.jpg",
            "ContentType": "image/jpeg",
            "ContentLength": 98211 + number,
        },
        ExpiresIn=300,
    )


sign(0)
began = time.process_time()
for i in range(int(sys.argv[1])):
    print(sign(i))
print(json.dumps({"cpu": time.process_time() - began}))
