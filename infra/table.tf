# The table of results, a row for each picture.

resource "aws_dynamodb_table" "images" {
  name                        = local.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "image_key" # the only place here that names it; imgpl(7) says the rest
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "image_key"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  # DynamoDB always encrypts; this says with whose key.
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
