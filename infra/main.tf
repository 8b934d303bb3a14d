# What the other files share: names, and who and where we are.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  bucket_name = coalesce(var.uploads_bucket_name, "${var.project_name}-${local.account}-uploads")
  table_name  = coalesce(var.dynamodb_table_name, "${var.project_name}-images")

  # Names that are known before what they name is made, which functions and state machines tell each other.
  state_machine_names = { for name in ["pipeline", "failed", "batch"] : name => "${var.project_name}-${name}" }
  state_machine_arns = {
    for name, full in local.state_machine_names :
    name => "arn:${local.partition}:states:${var.aws_region}:${local.account}:stateMachine:${full}"
  }

  # The tools' own defaults for --in-prefix and --out-prefix. What a batch tells of itself goes elsewhere.
  uploads_prefix    = "uploads/"
  renditions_prefix = "processed/"
  batch_prefix      = "batch/"

  # Who may ask, one list: the bucket and the API allow these. Our own frontend asks the API at its own
  # origin, and so is another one to the bucket alone.
  origins        = distinct(var.allowed_origins)
  upload_origins = concat(local.origins, local.site_url[*])
  has_page       = var.cloudfront || length(local.origins) > 0

  # What is encrypted with a key of the account's own needs these, too.
  kms_keys = var.kms_key_arn[*]
}
