# Sign-in with Cognito, where var.sign_in asks for it: each then sees only their own pictures.

locals {
  sign_in_prefix = coalesce(var.sign_in_prefix, "${var.project_name}-${local.account}")
  sign_in_url    = "https://${local.sign_in_prefix}.auth.${var.aws_region}.amazoncognito.com"
  sign_in_issuer = one([for pool in aws_cognito_user_pool.people : "https://${pool.endpoint}"])
}

resource "aws_cognito_user_pool" "people" {
  count = var.sign_in ? 1 : 0

  name                     = var.project_name
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"

  username_configuration {
    case_sensitive = false
  }

  admin_create_user_config {
    allow_admin_create_user_only = !var.sign_up
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = false
    require_numbers                  = false
    require_symbols                  = false
    require_uppercase                = false
    temporary_password_validity_days = 7
  }

  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  lifecycle {
    precondition {
      condition     = local.has_page
      error_message = "Who signs in has to get back to a page: set cloudfront, or allowed_origins."
    }
  }
}

resource "aws_cognito_user_pool_domain" "people" {
  count = var.sign_in ? 1 : 0

  domain       = local.sign_in_prefix
  user_pool_id = aws_cognito_user_pool.people[0].id
}

# A page in a browser keeps no secret: it has the authorization code with PKCE.
resource "aws_cognito_user_pool_client" "frontend" {
  count = var.sign_in ? 1 : 0

  name                                 = "frontend"
  user_pool_id                         = aws_cognito_user_pool.people[0].id
  generate_secret                      = false
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email"]
  supported_identity_providers         = ["COGNITO"]
  callback_urls                        = [for origin in local.upload_origins : "${origin}/"]
  logout_urls                          = [for origin in local.upload_origins : "${origin}/"]
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors        = "ENABLED"
  enable_token_revocation              = true
  access_token_validity                = 1
  id_token_validity                    = 1
  refresh_token_validity               = 30

  token_validity_units {
    access_token  = "hours"
    id_token      = "hours"
    refresh_token = "days"
  }
}

# The claim `sub` of the token is the owner, which imgpl-presign and imgpl-results go by.
resource "aws_apigatewayv2_authorizer" "cognito" {
  count = var.sign_in ? 1 : 0

  api_id           = aws_apigatewayv2_api.http.id
  name             = "cognito"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    audience = [aws_cognito_user_pool_client.frontend[0].id]
    issuer   = local.sign_in_issuer
  }
}
