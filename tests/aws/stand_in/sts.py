"""STS: who somebody is, and keys that end for who has a token of somebody else's."""

import datetime
import secrets

from .refusal import Refusal

DEFAULT_SECONDS = 3600


class Sts:
    def __init__(self, account, keys, clock):
        self.account, self.keys, self.clock = account, keys, clock

    def get_caller_identity(self, _asked):
        return {"UserId": "AIDAEXAMPLE", "Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/test"}

    def assume_role_with_web_identity(self, asked):
        """Any token of the web's is good but for "expired" and "wrong"."""
        if asked["WebIdentityToken"] == "expired":
            raise Refusal("ExpiredTokenException", "Token expired: current date/time must be before the expiration")
        if asked["WebIdentityToken"] == "wrong":
            raise Refusal("InvalidIdentityToken", "No OpenIDConnect provider found in your account")
        end = self.clock() + datetime.timedelta(seconds=asked.get("DurationSeconds", DEFAULT_SECONDS))
        token = "FwoGZXIvYXdzE/" + secrets.token_hex(100) + "+/=="
        self.keys.add_token(token, end)
        role = asked["RoleArn"].rpartition("/")[2]
        session = asked["RoleSessionName"]
        return {
            "Credentials": {
                "AccessKeyId": self.keys.temporary_id,
                "SecretAccessKey": self.keys.secrets[self.keys.temporary_id],
                "SessionToken": token,
                "Expiration": int(end.timestamp()),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": f"AROAEXAMPLE:{session}",
                "Arn": f"arn:aws:sts::{self.account}:assumed-role/{role}/{session}",
            },
        }
