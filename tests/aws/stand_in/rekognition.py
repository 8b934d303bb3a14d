"""Rekognition's DetectLabels. It sees no more in a picture than its bytes: the same picture has the same
labels, and another picture others."""

import base64
import hashlib

from botocore.exceptions import BotoCoreError, ClientError

from . import picture
from .refusal import Refusal

MAX_OBJECT_BYTES = 15 * 1024 * 1024
MIN_SIDE, MAX_SIDE = 80, 10_000
MIN_CONFIDENCE, MAX_LABELS = 55, 1000  # unless told otherwise

# name, parents, aliases, category
THINGS = [
    ("Cat", ["Animal", "Mammal", "Pet"], [], "Animals and Pets"),
    ("Dog", ["Animal", "Canine", "Mammal", "Pet"], [], "Animals and Pets"),
    ("Car", ["Transportation", "Vehicle"], ["Automobile"], "Vehicles and Automotive"),
    ("Bicycle", ["Transportation", "Vehicle"], ["Bike"], "Vehicles and Automotive"),
    ("Person", [], ["Human"], "Person Description"),
    ("Flower", ["Plant"], [], "Plants and Flowers"),
    ("Cup", [], [], "Food and Beverage"),
    ("Boat", ["Transportation", "Vehicle"], [], "Vehicles and Automotive"),
]


class Rekognition:
    def __init__(self, s3):
        """`s3` is botocore's client for where objects are."""
        self.s3 = s3

    def detect_labels(self, asked):
        if asked.get("Settings") or asked.get("Features", ["GENERAL_LABELS"]) != ["GENERAL_LABELS"]:
            raise Refusal("InvalidParameterException", "the stand-in has general labels only, without settings")
        seen = self.fetch(asked["Image"])
        labels = see(seen, *measure(seen))
        least = asked.get("MinConfidence", MIN_CONFIDENCE)
        labels = [label for label in labels if label["Confidence"] >= least]
        return {"Labels": labels[: asked.get("MaxLabels", MAX_LABELS)], "LabelModelVersion": "3.0"}

    def fetch(self, image):
        if len(image) != 1:
            raise Refusal("InvalidParameterException", "Request has Invalid Parameters")
        if "Bytes" in image:
            return base64.b64decode(image["Bytes"])
        return self.fetch_object(image["S3Object"])

    def fetch_object(self, where):
        if "Bucket" not in where or "Name" not in where:
            raise Refusal("InvalidParameterException", "Request has Invalid Parameters")
        version = {"VersionId": where["Version"]} if "Version" in where else {}
        try:
            found = self.s3.get_object(Bucket=where["Bucket"], Key=where["Name"], **version)
            if found["ContentLength"] > MAX_OBJECT_BYTES:
                raise Refusal("ImageTooLargeException", "Image size is too large")
            return found["Body"].read()
        except (ClientError, BotoCoreError):
            raise Refusal(
                "InvalidS3ObjectException",
                "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
            ) from None


def measure(seen):
    """Return the picture's width and height; refuse what Rekognition would."""
    try:
        width, height = picture.measure(seen)
    except ValueError:
        raise Refusal("InvalidImageFormatException", "Request has invalid image format") from None
    if max(width, height) > MAX_SIDE:
        raise Refusal(
            "InvalidParameterException",
            f"Input image dimensions {width} x {height} exceed maximum dimension size of {MAX_SIDE} pixels",
        )
    if min(width, height) < MIN_SIDE:
        raise Refusal("InvalidParameterException", "Request has Invalid Parameters")
    return width, height


def see(seen, width, height):
    """Return labels, the surest first: the picture's form, and a thing that its digest chooses and places."""
    digest = hashlib.sha256(seen).digest()
    form = "Portrait" if width < height else "Landscape" if width > height else "Square"
    name, parents, aliases, category = THINGS[digest[0] % len(THINGS)]
    left, top, across, down = (each / 512 for each in digest[1:5])
    thing_confidence = 80 + digest[5] / 16
    instance = {
        "BoundingBox": {"Left": left, "Top": top, "Width": across + 1 / 512, "Height": down + 1 / 512},
        "Confidence": thing_confidence,
    }
    return [
        label(form, 99.5, "Patterns and Shapes"),
        label(name, thing_confidence, category, [instance], parents, aliases),
        label("Texture", 75.25, "Patterns and Shapes"),
        label("Blur", 57.5, "Patterns and Shapes"),
    ]


def label(name, confidence, category, instances=(), parents=(), aliases=()):
    return {
        "Name": name,
        "Confidence": confidence,
        "Instances": list(instances),
        "Parents": [{"Name": each} for each in parents],
        "Aliases": [{"Name": each} for each in aliases],
        "Categories": [{"Name": category}],
    }
