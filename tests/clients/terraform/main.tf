# All that Terraform's AWS provider can say of a user pool, with every block. `stage` 2 changes what can be changed in
# place.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }
variable "archive" { type = string }
variable "stage" { type = number }

locals {
  second = var.stage == 2
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "keydesk"
  secret_key                  = "keydesk"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  max_retries                 = 1

  endpoints {
    cognitoidp = var.endpoint
    lambda     = var.endpoint
    kms        = var.endpoint
  }
}

resource "aws_lambda_function" "trigger" {
  function_name    = "trigger"
  role             = "arn:aws:iam::000000000000:role/lambda"
  runtime          = "python3.11"
  handler          = "index.handler"
  filename         = var.archive
  source_code_hash = filebase64sha256(var.archive)
  timeout          = local.second ? 4 : 3
  description      = "what the pool asks"

  environment {
    variables = { STAGE = var.stage }
  }
}

resource "aws_lambda_permission" "cognito" {
  statement_id  = "cognito"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.trigger.function_name
  principal     = "cognito-idp.amazonaws.com"
  source_arn    = aws_cognito_user_pool.whole.arn
}

resource "aws_kms_key" "sender" {
  description = "codes for the custom senders"
}

resource "aws_cognito_user_pool" "bare" {
  name = "bare"
}

resource "aws_cognito_user_pool" "whole" {
  name                       = "whole"
  alias_attributes           = ["email", "preferred_username"]
  auto_verified_attributes   = local.second ? ["email", "phone_number"] : ["email"]
  deletion_protection        = "INACTIVE"
  mfa_configuration          = "OPTIONAL"
  sms_authentication_message = "Your code to sign in is {####}"
  user_pool_tier             = "PLUS"
  tags                       = { stage = var.stage, "keydesk:semantics" = "aws" }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = local.second ? 2 : 1
    }
    recovery_mechanism {
      name     = "verified_phone_number"
      priority = local.second ? 1 : 2
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = local.second

    invite_message_template {
      email_message = "Dear {username}, your password is {####}"
      email_subject = "Welcome ${var.stage}"
      sms_message   = "{username} {####}"
    }
  }

  device_configuration {
    challenge_required_on_new_device      = local.second
    device_only_remembered_on_user_prompt = true
  }

  email_configuration {
    configuration_set      = "set"
    email_sending_account  = "DEVELOPER"
    from_email_address     = "Desk ${var.stage} <desk@example.com>"
    reply_to_email_address = "help@example.com"
    source_arn             = "arn:aws:ses:us-east-1:000000000000:identity/example.com"
  }

  email_mfa_configuration {
    message = "Your code is {####}"
    subject = "Code ${var.stage}"
  }

  lambda_config {
    create_auth_challenge          = aws_lambda_function.trigger.arn
    custom_message                 = local.second ? null : aws_lambda_function.trigger.arn
    define_auth_challenge          = aws_lambda_function.trigger.arn
    kms_key_id                     = aws_kms_key.sender.arn
    post_authentication            = aws_lambda_function.trigger.arn
    post_confirmation              = aws_lambda_function.trigger.arn
    pre_authentication             = aws_lambda_function.trigger.arn
    pre_sign_up                    = aws_lambda_function.trigger.arn
    pre_token_generation           = aws_lambda_function.trigger.arn
    user_migration                 = aws_lambda_function.trigger.arn
    verify_auth_challenge_response = aws_lambda_function.trigger.arn

    custom_email_sender {
      lambda_arn     = aws_lambda_function.trigger.arn
      lambda_version = "V1_0"
    }
    custom_sms_sender {
      lambda_arn     = aws_lambda_function.trigger.arn
      lambda_version = "V1_0"
    }
    pre_token_generation_config {
      lambda_arn     = aws_lambda_function.trigger.arn
      lambda_version = local.second ? "V2_0" : "V1_0"
    }
  }

  password_policy {
    minimum_length                   = local.second ? 12 : 10
    password_history_size            = var.stage
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 3
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    mutable             = true
    required            = true

    string_attribute_constraints {
      min_length = "0"
      max_length = "2048"
    }
  }
  schema {
    name                     = "level"
    attribute_data_type      = "Number"
    developer_only_attribute = false
    mutable                  = true
    required                 = false

    number_attribute_constraints {
      min_value = "1"
      max_value = "9"
    }
  }
  schema {
    name                = "since"
    attribute_data_type = "DateTime"
  }
  schema {
    name                = "staff"
    attribute_data_type = "Boolean"
    mutable             = false
  }
  dynamic "schema" {
    for_each = local.second ? ["later"] : []
    content {
      name                = schema.value
      attribute_data_type = "String"
      mutable             = true

      string_attribute_constraints {}
    }
  }

  sign_in_policy {
    allowed_first_auth_factors = local.second ? ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] : ["PASSWORD", "EMAIL_OTP"]
  }

  sms_configuration {
    external_id    = "one"
    sns_caller_arn = "arn:aws:iam::000000000000:role/sms"
    sns_region     = "us-east-1"
  }

  software_token_mfa_configuration {
    enabled = true
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  user_pool_add_ons {
    advanced_security_mode = local.second ? "ENFORCED" : "AUDIT"

    advanced_security_additional_flows {
      custom_auth_mode = "AUDIT"
    }
  }

  username_configuration {
    case_sensitive = false
  }

  verification_message_template {
    default_email_option  = local.second ? "CONFIRM_WITH_CODE" : "CONFIRM_WITH_LINK"
    email_message         = "Your code is {####}"
    email_message_by_link = "Follow {##this##}"
    email_subject         = "Code"
    email_subject_by_link = "Link"
    sms_message           = "Code {####}"
  }

  web_authn_configuration {
    relying_party_id  = "example.com"
    user_verification = local.second ? "required" : "preferred"
  }
}

resource "aws_cognito_user_pool_client" "bare" {
  name         = "bare"
  user_pool_id = aws_cognito_user_pool.bare.id
}

resource "aws_cognito_user_pool_client" "whole" {
  name                                          = local.second ? "whole again" : "whole"
  user_pool_id                                  = aws_cognito_user_pool.whole.id
  access_token_validity                         = 30 * var.stage
  allowed_oauth_flows                           = local.second ? ["code"] : ["code", "implicit"]
  allowed_oauth_flows_user_pool_client          = true
  allowed_oauth_scopes                          = ["openid", "email", "${aws_cognito_resource_server.api.identifier}/read"]
  auth_session_validity                         = 3 + var.stage
  callback_urls                                 = ["https://example.com/in", "http://localhost:3000/in"]
  default_redirect_uri                          = "https://example.com/in"
  enable_propagate_additional_user_context_data = local.second
  enable_token_revocation                       = true
  explicit_auth_flows                           = ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]
  generate_secret                               = true
  id_token_validity                             = 1
  logout_urls                                   = ["https://example.com/out"]
  prevent_user_existence_errors                 = local.second ? "LEGACY" : "ENABLED"
  read_attributes                               = ["email", "email_verified", "custom:level"]
  refresh_token_validity                        = 10
  supported_identity_providers                  = ["COGNITO", aws_cognito_identity_provider.corporate.provider_name]
  write_attributes                              = ["email", "custom:level"]

  analytics_configuration {
    application_arn  = "arn:aws:mobiletargeting:us-east-1:000000000000:apps/one"
    user_data_shared = local.second
  }

  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = 10 * var.stage
  }

  token_validity_units {
    access_token  = "minutes"
    id_token      = "hours"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_pool_domain" "prefix" {
  domain                = "terraform"
  user_pool_id          = aws_cognito_user_pool.whole.id
  managed_login_version = var.stage
}

resource "aws_cognito_user_pool_domain" "custom" {
  domain          = "login.example.com"
  user_pool_id    = aws_cognito_user_pool.bare.id
  certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-${local.second ? "666666666666" : "555555555555"}"
}

resource "aws_cognito_user_pool_ui_customization" "every" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  css          = ".banner-customizable { background-color: ${local.second ? "red" : "blue"}; }"
  image_file   = filebase64("${path.module}/logo.png")
}

resource "aws_cognito_user_pool_ui_customization" "one" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  client_id    = aws_cognito_user_pool_client.whole.id
  css          = ".label-customizable { font-weight: ${400 * var.stage}; }"
}

resource "aws_cognito_resource_server" "api" {
  identifier   = "https://api.example.com"
  name         = "the API"
  user_pool_id = aws_cognito_user_pool.whole.id

  scope {
    scope_name        = "read"
    scope_description = "to read"
  }
  scope {
    scope_name        = local.second ? "change" : "write"
    scope_description = "to write"
  }
}

resource "aws_cognito_identity_provider" "corporate" {
  user_pool_id      = aws_cognito_user_pool.whole.id
  provider_name     = "Corporate"
  provider_type     = "OIDC"
  attribute_mapping = { email = "email", username = "sub" }
  idp_identifiers   = ["corporate", "stage${var.stage}"]

  provider_details = {
    attributes_request_method     = "GET"
    attributes_url                = "https://idp.example.com/userinfo"
    attributes_url_add_attributes = "false"
    authorize_scopes              = local.second ? "openid email" : "openid"
    authorize_url                 = "https://idp.example.com/authorize"
    client_id                     = "one"
    client_secret                 = "two"
    jwks_uri                      = "https://idp.example.com/keys"
    oidc_issuer                   = "https://idp.example.com"
    token_url                     = "https://idp.example.com/token"
  }
}

# What the service fills in for Google is said here, too: else the provider sees it as drift, as it does on AWS.
resource "aws_cognito_identity_provider" "google" {
  user_pool_id      = aws_cognito_user_pool.whole.id
  provider_name     = "Google"
  provider_type     = "Google"
  attribute_mapping = { email = "email", username = "sub" }

  provider_details = {
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_scopes              = local.second ? "email profile" : "email"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    client_id                     = "one"
    client_secret                 = "two"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }
}

resource "aws_cognito_risk_configuration" "whole" {
  user_pool_id = aws_cognito_user_pool.whole.id

  account_takeover_risk_configuration {
    actions {
      low_action {
        event_action = "NO_ACTION"
        notify       = local.second
      }
      medium_action {
        event_action = "MFA_IF_CONFIGURED"
        notify       = true
      }
      high_action {
        event_action = local.second ? "BLOCK" : "MFA_REQUIRED"
        notify       = true
      }
    }
    notify_configuration {
      from       = "desk@example.com"
      reply_to   = "help@example.com"
      source_arn = "arn:aws:ses:us-east-1:000000000000:identity/example.com"

      block_email {
        html_body = "<p>Blocked: {login-time}, stage ${var.stage}</p>"
        subject   = "Blocked"
        text_body = "Blocked: {login-time}"
      }
      mfa_email {
        html_body = "<p>Asked: {login-time}</p>"
        subject   = "Asked"
        text_body = "Asked: {login-time}"
      }
      no_action_email {
        html_body = "<p>New: {login-time}</p>"
        subject   = "New"
        text_body = "New: {login-time}"
      }
    }
  }
  compromised_credentials_risk_configuration {
    event_filter = local.second ? ["SIGN_IN", "SIGN_UP"] : null

    actions {
      event_action = "BLOCK"
    }
  }
  risk_exception_configuration {
    blocked_ip_range_list = local.second ? ["192.0.2.0/24"] : ["192.0.2.0/24", "198.51.100.7/32"]
    skipped_ip_range_list = ["2001:db8::/32"]
  }
}

resource "aws_cognito_risk_configuration" "client" {
  user_pool_id = aws_cognito_user_pool.whole.id
  client_id    = aws_cognito_user_pool_client.whole.id

  risk_exception_configuration {
    skipped_ip_range_list = ["10.${var.stage}.0.0/16"]
  }
}

resource "aws_cognito_user_group" "staff" {
  name         = "staff"
  user_pool_id = aws_cognito_user_pool.whole.id
  description  = "stage ${var.stage}"
  precedence   = var.stage
  role_arn     = "arn:aws:iam::000000000000:role/staff"
}

resource "aws_cognito_user" "ada" {
  depends_on     = [aws_lambda_permission.cognito]
  user_pool_id   = aws_cognito_user_pool.whole.id
  username       = "ada"
  password       = "Correct-horse-9"
  enabled        = !local.second
  message_action = "SUPPRESS"

  attributes = {
    email          = "ada@example.com"
    email_verified = true
    level          = var.stage
  }
}

resource "aws_cognito_user" "invited" {
  depends_on               = [aws_lambda_permission.cognito]
  user_pool_id             = aws_cognito_user_pool.whole.id
  username                 = "bob"
  temporary_password       = "Correct-horse-8"
  desired_delivery_mediums = ["EMAIL"]
  client_metadata          = { from = "terraform" }
  validation_data          = { from = "terraform" }
  attributes               = { email = "bob@example.com" }
}

resource "aws_cognito_user_in_group" "ada" {
  user_pool_id = aws_cognito_user_pool.whole.id
  group_name   = aws_cognito_user_group.staff.name
  username     = aws_cognito_user.ada.username
}
