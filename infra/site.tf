# CloudFront: the frontend, the API at the same origin, and renditions.

locals {
  # With sign-in a rendition is its owner's alone, so CloudFront serves those only by signed URLs.
  serves_renditions = var.cloudfront && (!var.sign_in || var.rendition_public_key != null)

  # Where the private half of the key is, if there is one.
  rendition_key_parameters = var.cloudfront && var.rendition_public_key != null ? var.rendition_private_key_parameter[*] : []

  site_domain = one(aws_cloudfront_distribution.site[*].domain_name)
  site_url    = var.cloudfront ? "https://${local.site_domain}" : null

  # What the page may talk to besides its own origin.
  page_connects = join(" ", concat(
    ["'self'", "https://${aws_s3_bucket.uploads.bucket_regional_domain_name}"],
    var.sign_in ? [local.sign_in_issuer_host, local.sign_in_url] : [],
  ))
  page_shows          = "'self' blob: data: https://${aws_s3_bucket.uploads.bucket_regional_domain_name}"
  sign_in_issuer_host = "https://cognito-idp.${var.aws_region}.amazonaws.com"
}

# The frontend's files, which are uploaded by hand: infra/README.md says how.
resource "aws_s3_bucket" "site" {
  count = var.cloudfront ? 1 : 0

  bucket        = "${local.bucket_name}-site"
  force_destroy = true # it is all built from the repository
}

resource "aws_s3_bucket_public_access_block" "site" {
  count = var.cloudfront ? 1 : 0

  bucket = aws_s3_bucket.site[0].id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "site" {
  count = var.cloudfront ? 1 : 0

  bucket = aws_s3_bucket.site[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "site" {
  count = var.cloudfront ? 1 : 0

  bucket = aws_s3_bucket.site[0].id

  # Everybody may see what is in it, so that a key of the account's own would protect nothing.
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

data "aws_iam_policy_document" "site" {
  count = var.cloudfront ? 1 : 0

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.site[0].arn, "${aws_s3_bucket.site[0].arn}/*"]

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

  statement {
    sid       = "CloudFront"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.site[0].arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.site[0].arn]
    }
  }
}

resource "aws_s3_bucket_policy" "site" {
  count = var.cloudfront ? 1 : 0

  bucket = aws_s3_bucket.site[0].id
  policy = data.aws_iam_policy_document.site[0].json

  depends_on = [aws_s3_bucket_public_access_block.site]
}

resource "aws_cloudfront_origin_access_control" "site" {
  count = var.cloudfront ? 1 : 0

  name                              = var.project_name
  description                       = "CloudFront signs what it asks S3"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_public_key" "renditions" {
  count = var.cloudfront && var.rendition_public_key != null ? 1 : 0

  name_prefix = "${var.project_name}-"
  comment     = "Checks the URLs of renditions"
  encoded_key = var.rendition_public_key

  # A key in use can't be replaced, only joined by the next.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudfront_key_group" "renditions" {
  count = var.cloudfront && var.rendition_public_key != null ? 1 : 0

  name    = "${var.project_name}-renditions"
  comment = "Who may sign URLs of renditions"
  items   = aws_cloudfront_public_key.renditions[*].id
}

# The page: nothing but its own files, and what it has to ask.
resource "aws_cloudfront_response_headers_policy" "page" {
  count = var.cloudfront ? 1 : 0

  name    = "${var.project_name}-page"
  comment = "Headers of the frontend"

  security_headers_config {
    content_security_policy {
      content_security_policy = join("; ", [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "manifest-src 'self'",
        "img-src ${local.page_shows}", "connect-src ${local.page_connects}",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
      ])
      override = true
    }

    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

# A picture: it is shown, and whatever is in it does nothing.
resource "aws_cloudfront_response_headers_policy" "rendition" {
  count = var.cloudfront ? 1 : 0

  name    = "${var.project_name}-rendition"
  comment = "Headers of renditions"

  security_headers_config {
    content_security_policy {
      content_security_policy = "default-src 'none'; sandbox"
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }
}

locals {
  # AWS's own policies, whose numbers are the same everywhere:
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  caching_optimized           = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled            = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  all_viewer_but_host_headers = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
}

resource "aws_cloudfront_distribution" "site" {
  count = var.cloudfront ? 1 : 0

  comment             = var.project_name
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.cloudfront_price_class
  default_root_object = "index.html"

  origin {
    origin_id                = "site"
    domain_name              = aws_s3_bucket.site[0].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.site[0].id
  }

  dynamic "origin" {
    for_each = local.serves_renditions ? [1] : []

    content {
      origin_id                = "renditions"
      domain_name              = aws_s3_bucket.uploads.bucket_regional_domain_name
      origin_access_control_id = aws_cloudfront_origin_access_control.site[0].id
    }
  }

  origin {
    origin_id   = "api"
    domain_name = replace(aws_apigatewayv2_api.http.api_endpoint, "https://", "")

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = "site"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = aws_cloudfront_response_headers_policy.page[0].id
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.serves_renditions ? [1] : []

    content {
      path_pattern               = "/${local.renditions_prefix}*"
      target_origin_id           = "renditions"
      viewer_protocol_policy     = "https-only"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = false # pictures are compressed already
      cache_policy_id            = local.caching_optimized
      response_headers_policy_id = aws_cloudfront_response_headers_policy.rendition[0].id
      trusted_key_groups         = aws_cloudfront_key_group.renditions[*].id
    }
  }

  # What a route answers is for who asks, and never kept.
  dynamic "ordered_cache_behavior" {
    for_each = toset([for route, _ in local.routes : split(" ", route)[1]])

    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = "api"
      viewer_protocol_policy   = "https-only"
      allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
      cached_methods           = ["GET", "HEAD"]
      compress                 = true
      cache_policy_id          = local.caching_disabled
      origin_request_policy_id = local.all_viewer_but_host_headers
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }

  lifecycle {
    precondition {
      condition     = (var.rendition_public_key == null) == (var.rendition_private_key_parameter == null)
      error_message = "rendition_public_key and rendition_private_key_parameter are the halves of one key: set both, or neither."
    }
  }
}
