"""DynamoDB: what fits its model is answered by dynalite."""

import http.client
import urllib.parse

# Of the connection to us, not of the request.
CONNECTION_HEADERS = {"connection", "keep-alive", "expect", "transfer-encoding", "host", "content-length"}


class DynamoDb:
    def __init__(self, url):
        self.address = urllib.parse.urlsplit(url).netloc

    def pass_on(self, request):
        """Return status, headers and body of what dynalite answers."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        headers = {name: value for name, value in request.headers if name.lower() not in CONNECTION_HEADERS}
        try:
            connection.request(request.method, request.target, request.body, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        kept = [each for each in answer.getheaders() if each[0].lower().startswith("x-amz")]
        return answer.status, kept, body
