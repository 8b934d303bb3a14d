# What it is called and where it is

variable "aws_region" {
  description = "The region that everything is in."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.aws_region))
    error_message = "A region is called like eu-west-1."
  }
}

variable "project_name" {
  description = "What all names begin with; another one makes another, independent pipeline."
  type        = string
  default     = "imgpl"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.project_name))
    error_message = "2 to 24 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash."
  }
}

variable "uploads_bucket_name" {
  description = "The bucket that pictures are uploaded to, and renditions written to. By default PROJECT-ACCOUNT-uploads."
  type        = string
  default     = null

  validation {
    # No dots: TLS certificates of S3 don't cover them.
    condition     = var.uploads_bucket_name == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.uploads_bucket_name))
    error_message = "3 to 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit."
  }
}

variable "dynamodb_table_name" {
  description = "The table that results are in. By default PROJECT-images."
  type        = string
  default     = null

  validation {
    condition     = var.dynamodb_table_name == null || can(regex("^[A-Za-z0-9_.-]{3,255}$", var.dynamodb_table_name))
    error_message = "3 to 255 letters, digits, underscores, dots and dashes."
  }
}

variable "tags" {
  description = "Tags for everything, besides Project and ManagedBy."
  type        = map(string)
  default     = {}
}

# The functions

variable "package" {
  description = "The zip with the functions, as `make lambda` writes it. By default that of this repository for the architecture."
  type        = string
  default     = null
}

variable "architecture" {
  description = "The processors that the functions run on, for which the package was built. arm64 costs a fifth less."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "arm64 or x86_64."
  }
}

variable "renditions" {
  description = "What is made of each picture, as imgpl-resize's --rendition has it."
  type        = list(string)
  default     = ["main=1024x1024", "thumb=320x320"]

  validation {
    condition     = length(var.renditions) >= 1 && length(var.renditions) <= 16
    error_message = "1 to 16 renditions."
  }

  validation {
    condition     = alltrue([for each in var.renditions : can(regex("^[A-Za-z0-9_-]{1,32}=[0-9]*x[0-9]*(,[a-z]+=[a-z0-9]+)*$", each))])
    error_message = "A rendition is NAME=WIDTHxHEIGHT, and settings after commas, such as thumb=320x320,fit=cover,format=webp."
  }
}

variable "max_upload_bytes" {
  description = "Larger uploads get no URL, and larger pictures are refused."
  type        = number
  default     = 67108864

  validation {
    condition     = var.max_upload_bytes >= 1024 && var.max_upload_bytes <= 1073741824 && floor(var.max_upload_bytes) == var.max_upload_bytes
    error_message = "A whole number of bytes from 1 KiB to 1 GiB."
  }
}

variable "min_sharpness" {
  description = "Pictures that are less sharp, from 0 to 100, are refused; 0 refuses none, and measures nothing."
  type        = number
  default     = 0

  validation {
    condition     = var.min_sharpness >= 0 && var.min_sharpness <= 100
    error_message = "0 to 100."
  }
}

variable "max_labels" {
  description = "So many labels are told of a picture, the surest."
  type        = number
  default     = 10

  validation {
    condition     = var.max_labels >= 1 && var.max_labels <= 1000
    error_message = "1 to 1000."
  }
}

variable "min_confidence" {
  description = "Labels that are less sure, in percent, are not told."
  type        = number
  default     = 70

  validation {
    condition     = var.min_confidence >= 0 && var.min_confidence <= 100
    error_message = "0 to 100."
  }
}

variable "label_concurrency" {
  description = "So many pictures at most are shown to Rekognition at once, of which an account has a few calls a second in most regions. It is taken from the account's concurrency. null is no limit."
  type        = number
  default     = null

  validation {
    condition     = var.label_concurrency == null || try(var.label_concurrency >= 1, false)
    error_message = "At least 1, or null."
  }
}

# What is kept, and for how long

variable "kms_key_arn" {
  description = "The key that bucket and table are encrypted with. By default that is done with keys of S3 (AES256) and of DynamoDB. infra/README.md says what the key's policy has to allow."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", var.kms_key_arn))
    error_message = "The ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "result_days" {
  description = "Rows of the table are deleted after so many days; 0 is never."
  type        = number
  default     = 0

  validation {
    condition     = var.result_days >= 0 && var.result_days <= 36500
    error_message = "0 to 36500."
  }
}

variable "renditions_days" {
  description = "Renditions move to cheaper storage (infrequent access) after so many days, at least 30; 0 is never."
  type        = number
  default     = 90

  validation {
    condition     = var.renditions_days == 0 || var.renditions_days >= 30
    error_message = "0, or at least 30, before which S3 moves nothing there."
  }
}

variable "renditions_expire_days" {
  description = "Renditions are deleted after so many days; 0 is never."
  type        = number
  default     = 0

  validation {
    condition     = var.renditions_expire_days >= 0
    error_message = "0, or a number of days."
  }
}

variable "noncurrent_days" {
  description = "What was replaced or deleted in the bucket can be had back for so many days."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "At least 1."
  }
}

variable "log_days" {
  description = "Logs are kept for so many days."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "One of the numbers that CloudWatch Logs has: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, ..."
  }
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted, and the bucket unless it is empty."
  type        = bool
  default     = true
}

# Who may ask

variable "allowed_origins" {
  description = "Web pages of these origins may ask the API and upload to the bucket, besides the frontend that is deployed here."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.allowed_origins : can(regex("^(https://[a-z0-9.-]+|http://(localhost|127\\.0\\.0\\.1))(:[0-9]{1,5})?$", each))])
    error_message = "An origin is https://HOST or https://HOST:PORT, without a path or a final slash; http is for localhost and 127.0.0.1 alone, and * is not taken."
  }
}

variable "upload_seconds" {
  description = "The URL of an upload holds for so many seconds."
  type        = number
  default     = 300

  validation {
    condition     = var.upload_seconds >= 1 && var.upload_seconds <= 3600
    error_message = "1 to 3600: no longer than the function's own credentials are sure to last."
  }
}

variable "api_rate" {
  description = "So many requests a second are answered, on the average of all who ask."
  type        = number
  default     = 100

  validation {
    condition     = var.api_rate >= 1
    error_message = "At least 1."
  }
}

variable "api_burst" {
  description = "So many requests may come at once."
  type        = number
  default     = 200

  validation {
    condition     = var.api_burst >= 1
    error_message = "At least 1."
  }
}

variable "sign_in" {
  description = "Whether people have to sign in, with Cognito. Then each sees only their own pictures."
  type        = bool
  default     = false
}

variable "sign_up" {
  description = "Whether people may make an account for themselves. If not, somebody makes it for them."
  type        = bool
  default     = false
}

variable "sign_in_prefix" {
  description = "The page on which people sign in is at PREFIX.auth.REGION.amazoncognito.com. By default PROJECT-ACCOUNT."
  type        = string
  default     = null

  validation {
    condition     = var.sign_in_prefix == null || can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.sign_in_prefix))
    error_message = "1 to 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit."
  }
}

# How it reaches people

variable "cloudfront" {
  description = "Whether CloudFront serves the frontend, the API beside it, and renditions."
  type        = bool
  default     = true
}

variable "cloudfront_price_class" {
  description = "Where CloudFront serves from: PriceClass_100 is North America and Europe, PriceClass_All everywhere."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.cloudfront_price_class)
    error_message = "PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "rendition_public_key" {
  description = "A public key, PEM: CloudFront then serves a rendition only to who has a URL signed with the private one, as imgpl-results signs them. With sign-in it serves none without such a key."
  type        = string
  default     = null

  validation {
    condition     = var.rendition_public_key == null || can(regex("^-----BEGIN PUBLIC KEY-----", var.rendition_public_key))
    error_message = "A public key in PEM begins with -----BEGIN PUBLIC KEY-----."
  }
}

variable "rendition_private_key_parameter" {
  description = "The parameter (SecureString) in Parameter Store that holds the private key of rendition_public_key. It is put there by hand, so that Terraform's state does not have it."
  type        = string
  default     = null

  validation {
    condition     = var.rendition_private_key_parameter == null || can(regex("^(/[A-Za-z0-9_.-]+)+$", var.rendition_private_key_parameter))
    error_message = "The name of a parameter, as /imgpl/rendition-key: letters, digits, dots, dashes and underscores after slashes."
  }
}

# Who is told

variable "alarm_emails" {
  description = "Mail addresses that alarms are sent to; each has to confirm it."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+$", each))])
    error_message = "A mail address is NAME@HOST."
  }
}

variable "alarm_refusals" {
  description = "An alarm tells of more pictures than so many refused within five minutes. A picture that is none is its sender's fault, and happens."
  type        = number
  default     = 50

  validation {
    condition     = var.alarm_refusals >= 0
    error_message = "0 or more."
  }
}

variable "tracing" {
  description = "Whether X-Ray follows each picture through the state machine and the functions."
  type        = bool
  default     = false
}

# Batches

variable "batch_prefixes" {
  description = "A batch may work on keys that begin with one of these."
  type        = list(string)
  default     = ["uploads/"]

  validation {
    condition     = length(var.batch_prefixes) >= 1 && alltrue([for each in var.batch_prefixes : can(regex("^[A-Za-z0-9!_.()-][A-Za-z0-9!_.()/-]*/$", each)) && !startswith(each, "processed/") && !startswith(each, "batch/")])
    error_message = "Prefixes end with a slash, have no wildcards, and are not among our own outputs, processed/ and batch/."
  }
}
