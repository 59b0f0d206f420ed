"""AWS managed policies, written down from the AWS Managed Policy Reference Guide (2026-10): what the tests reduce to powers.

Long lists of reading actions are cut to a few; what grants power stands in full.
"""

from __future__ import annotations

from typing import Any


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ADMINISTRATOR = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
POWER_USER = policy(
    {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    allow(
        "account:GetAccountInformation", "account:GetPrimaryEmail", "account:ListRegions", "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization",
    ),
)  # fmt: skip
IAM_FULL = policy(
    allow("iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization", "organizations:ListPolicies")
)
S3_FULL = policy(allow("s3:*", "s3-object-lambda:*"))
S3_READ_ONLY = policy(allow("s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"))
ECR_READ_ONLY = policy(
    allow(
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages", "ecr:DescribeImages", "ecr:BatchGetImage",
    )
)  # fmt: skip
LAMBDA_BASIC = policy(allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"))
BACKUP_OPERATOR = policy(
    allow("backup:Get*", "backup:List*", "backup:Describe*", "backup:CreateBackupSelection", "backup:StartBackupJob"),
    allow("backup:StartRestoreJob", "rds:DescribeDBSnapshots", "ec2:DescribeSnapshots", "dynamodb:ListBackups"),
)
SECRETS_READ_WRITE = policy(allow("secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"))
VIEW_ONLY = policy(allow("ec2:Describe*", "rds:Describe*", "s3:ListAllMyBuckets", "iam:List*", "iam:Get*"))
FORCE_MFA = policy(
    {
        "Effect": "Deny",
        "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"],
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
)
OWN_KEYS = policy(
    allow("iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", resource="arn:aws:iam::*:user/${aws:username}")
)
ONE_BUCKET = policy(
    allow("s3:GetObject", "s3:PutObject", "s3:DeleteObject", resource="arn:aws:s3:::staging-uploads/*"),
    allow("s3:ListBucket", resource="arn:aws:s3:::staging-uploads"),
)
FROM_OFFICE = policy(
    allow("rds:DeleteDBSnapshot", Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}),
)
