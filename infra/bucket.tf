# The bucket: uploads/ comes from people, processed/ is what the pipeline makes of it.

resource "aws_s3_bucket" "uploads" {
  bucket        = local.bucket_name
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Without ACLs what somebody uploads is ours.
resource "aws_s3_bucket_ownership_controls" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    # One call of KMS for many objects, where that is what encrypts.
    bucket_key_enabled = var.kms_key_arn != null

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_cors_configuration" "uploads" {
  count = local.has_page ? 1 : 0

  bucket = aws_s3_bucket.uploads.id

  cors_rule {
    allowed_origins = local.upload_origins
    allowed_methods = ["GET", "HEAD", "PUT"]
    # Those that are signed for an upload, and no other.
    allowed_headers = ["content-type", "if-none-match"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    id     = "abort-incomplete-uploads"
    status = "Enabled"

    filter {}

    # A function that is killed leaves the parts of a rendition behind.
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  rule {
    id     = "expire-noncurrent-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    # What is left of an object that was deleted once its last version has gone.
    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "age-renditions"
    status = var.renditions_days + var.renditions_expire_days > 0 ? "Enabled" : "Disabled"

    filter {
      prefix = local.renditions_prefix
    }

    dynamic "transition" {
      # A rule has to do something even if it is disabled.
      for_each = var.renditions_days > 0 || var.renditions_expire_days == 0 ? [max(var.renditions_days, 30)] : []

      content {
        days          = transition.value
        storage_class = "STANDARD_IA"
      }
    }

    dynamic "expiration" {
      for_each = var.renditions_expire_days > 0 ? [var.renditions_expire_days] : []

      content {
        days = expiration.value
      }
    }
  }

  rule {
    id     = "expire-batch-reports"
    status = "Enabled"

    filter {
      prefix = local.batch_prefix
    }

    expiration {
      days = 90
    }
  }

  # Rules about versions need to know that there are any.
  depends_on = [aws_s3_bucket_versioning.uploads]
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid     = "TlsOnly"
    effect  = "Deny"
    actions = ["s3:*"]
    resources = [
      aws_s3_bucket.uploads.arn,
      "${aws_s3_bucket.uploads.arn}/*",
    ]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = local.serves_renditions ? aws_cloudfront_distribution.site[*].arn : []

    content {
      sid       = "RenditionsThroughCloudFront"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.uploads.arn}/${local.renditions_prefix}*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "AWS:SourceArn"
        values   = [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "uploads" {
  bucket = aws_s3_bucket.uploads.id
  policy = data.aws_iam_policy_document.bucket.json

  depends_on = [aws_s3_bucket_public_access_block.uploads]
}
