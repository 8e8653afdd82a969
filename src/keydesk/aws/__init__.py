"""The AWS services beside the user pools that people use with them: Lambda, CloudWatch Logs, CloudTrail, KMS."""
