"""Which IAM actions are which powers: complete for what destroys and for what makes or widens credentials.

Sources: AWS Service Authorization Reference (the actions of each service and their access level) and, for `mint`, the
privilege-escalation actions of the IAM user guide and of Rhino Security Labs' list (2026-10). An action that stands here
is one that a policy is asked about; an allowed pattern that fits none of them, and whose name does not only read, is
reported as an unknown scope.
"""

from __future__ import annotations

_TABLE = {
    "delete:data": """
        s3:DeleteObject s3:DeleteObjectVersion s3:DeleteBucket s3:PutLifecycleConfiguration s3express:DeleteBucket
        s3-outposts:DeleteObject s3tables:DeleteTable s3tables:DeleteTableBucket dynamodb:DeleteTable
        dynamodb:DeleteItem dynamodb:BatchWriteItem dynamodb:PartiQLDelete dax:DeleteCluster rds:DeleteDBInstance
        rds:DeleteDBCluster rds:DeleteGlobalCluster rds:DeleteTenantDatabase rds-data:ExecuteStatement
        redshift:DeleteCluster redshift-serverless:DeleteNamespace redshift-data:ExecuteStatement
        docdb-elastic:DeleteCluster dsql:DeleteCluster neptune-graph:DeleteGraph neptune-db:DeleteDataViaQuery
        ec2:DeleteVolume ec2:TerminateInstances elasticfilesystem:DeleteFileSystem fsx:DeleteFileSystem
        fsx:DeleteVolume elasticache:DeleteCacheCluster elasticache:DeleteReplicationGroup
        elasticache:DeleteServerlessCache memorydb:DeleteCluster es:DeleteDomain es:DeleteElasticsearchDomain
        es:ESHttpDelete aoss:DeleteCollection aoss:APIAccessAll timestream:DeleteDatabase timestream:DeleteTable
        cassandra:Drop qldb:DeleteLedger kinesis:DeleteStream firehose:DeleteDeliveryStream kafka:DeleteCluster
        glue:DeleteDatabase glue:DeleteTable athena:DeleteDataCatalog lakeformation:DeleteObjectsOnCancel
        logs:DeleteLogGroup logs:DeleteLogStream glacier:DeleteArchive glacier:DeleteVault
        storagegateway:DeleteVolume storagegateway:DeleteFileShare workspaces:TerminateWorkspaces
        workspaces:RebuildWorkspaces lightsail:DeleteDisk lightsail:DeleteRelationalDatabase lightsail:DeleteBucket
        kms:ScheduleKeyDeletion kms:DeleteImportedKeyMaterial sdb:DeleteDomain sagemaker:DeleteFeatureGroup
        sagemaker:DeleteDomain cloudformation:DeleteStack organizations:CloseAccount account:CloseAccount
        workdocs:DeleteDocument workmail:DeleteMailbox cloudtrail:DeleteEventDataStore
        healthlake:DeleteFHIRDatastore iotsitewise:DeleteAsset dms:DeleteReplicationInstance
    """,
    "delete:backup": """
        backup:DeleteRecoveryPoint backup:DeleteBackupVault backup:DeleteBackupPlan backup:DeleteBackupSelection
        backup:UpdateRecoveryPointLifecycle backup:DeleteBackupVaultLockConfiguration
        backup:DeleteBackupVaultAccessPolicy backup:DisassociateRecoveryPoint rds:DeleteDBSnapshot
        rds:DeleteDBClusterSnapshot rds:DeleteDBInstanceAutomatedBackup rds:DeleteDBClusterAutomatedBackup
        rds:ModifyDBSnapshotAttribute ec2:DeleteSnapshot ec2:DeregisterImage ec2:DisableSnapshotBlockPublicAccess
        dynamodb:DeleteBackup dynamodb:UpdateContinuousBackups redshift:DeleteClusterSnapshot
        redshift:BatchDeleteClusterSnapshots redshift-serverless:DeleteSnapshot
        redshift-serverless:DeleteRecoveryPoint elasticache:DeleteSnapshot
        elasticache:DeleteServerlessCacheSnapshot memorydb:DeleteSnapshot fsx:DeleteBackup fsx:DeleteSnapshot
        docdb-elastic:DeleteClusterSnapshot neptune-graph:DeleteGraphSnapshot lightsail:DeleteDiskSnapshot
        lightsail:DeleteInstanceSnapshot lightsail:DeleteRelationalDatabaseSnapshot glacier:DeleteArchive
        glacier:DeleteVault glacier:AbortVaultLock storagegateway:DeleteSnapshotSchedule
        storagegateway:DeleteTapeArchive dlm:DeleteLifecyclePolicy rbin:DeleteRule s3:DeleteObjectVersion
        s3:PutBucketVersioning s3:BypassGovernanceRetention s3:PutBucketObjectLockConfiguration
        cloudhsm:DeleteBackup drs:DeleteSourceServer ds:DeleteSnapshot
    """,
    "delete:infra": """
        ec2:TerminateInstances ec2:DeleteVpc ec2:DeleteSubnet ec2:DeleteSecurityGroup ec2:DeleteRouteTable
        ec2:DeleteNatGateway ec2:DeleteInternetGateway ec2:DeleteTransitGateway ec2:DeleteVpnConnection
        ec2:DeleteNetworkAcl ec2:DeleteLaunchTemplate ec2:ReleaseAddress elasticloadbalancing:DeleteLoadBalancer
        elasticloadbalancing:DeleteTargetGroup cloudformation:DeleteStack cloudformation:DeleteStackSet
        eks:DeleteCluster eks:DeleteNodegroup eks:DeleteFargateProfile ecs:DeleteCluster ecs:DeleteService
        ecs:DeleteTaskDefinitions autoscaling:DeleteAutoScalingGroup apigateway:DELETE
        cloudfront:DeleteDistribution elasticbeanstalk:TerminateEnvironment elasticbeanstalk:DeleteApplication
        lightsail:DeleteInstance lightsail:DeleteLoadBalancer states:DeleteStateMachine sns:DeleteTopic
        sqs:DeleteQueue events:DeleteRule scheduler:DeleteSchedule batch:DeleteComputeEnvironment
        batch:DeleteJobQueue sagemaker:DeleteEndpoint sagemaker:DeleteModel sagemaker:DeleteNotebookInstance
        elasticmapreduce:TerminateJobFlows cloudtrail:DeleteTrail cloudtrail:StopLogging cloudwatch:DeleteAlarms
        config:DeleteConfigurationRecorder config:StopConfigurationRecorder guardduty:DeleteDetector
        securityhub:DisableSecurityHub wafv2:DeleteWebACL network-firewall:DeleteFirewall
        directconnect:DeleteConnection appmesh:DeleteMesh apprunner:DeleteService amplify:DeleteApp mq:DeleteBroker
        airflow:DeleteEnvironment globalaccelerator:DeleteAccelerator iot:DeleteThing synthetics:DeleteCanary
        organizations:DeleteOrganization organizations:LeaveOrganization resource-groups:DeleteGroup
        servicecatalog:TerminateProvisionedProduct servicediscovery:DeleteService transfer:DeleteServer
        bedrock:DeleteCustomModel bedrock:DeleteProvisionedModelThroughput bedrock:DeleteAgent
        bedrock:DeleteKnowledgeBase
    """,
    "delete:code": """
        lambda:DeleteFunction lambda:DeleteLayerVersion codecommit:DeleteRepository codecommit:DeleteBranch
        codecommit:DeleteFile codebuild:DeleteProject codepipeline:DeletePipeline codedeploy:DeleteApplication
        amplify:DeleteApp codecatalyst:DeleteProject glue:DeleteJob
    """,
    "delete:package": """
        ecr:DeleteRepository ecr:BatchDeleteImage ecr:PutLifecyclePolicy ecr-public:DeleteRepository
        ecr-public:BatchDeleteImage codeartifact:DeletePackage codeartifact:DeletePackageVersions
        codeartifact:DisposePackageVersions codeartifact:DeleteRepository codeartifact:DeleteDomain
    """,
    "delete:identity": """
        iam:DeleteUser iam:DeleteRole iam:DeleteGroup iam:DeleteLoginProfile iam:DeleteAccessKey
        iam:DeactivateMFADevice iam:DeletePolicy iam:DetachUserPolicy iam:DetachRolePolicy iam:RemoveUserFromGroup
        iam:DeleteSAMLProvider iam:DeleteOpenIDConnectProvider iam:DeleteAccountAlias cognito-idp:DeleteUserPool
        cognito-idp:AdminDeleteUser cognito-identity:DeleteIdentityPool identitystore:DeleteUser
        identitystore:DeleteGroup sso:DeletePermissionSet sso:DeleteAccountAssignment sso:DeleteInstance
        organizations:CloseAccount account:CloseAccount organizations:RemoveAccountFromOrganization
        ds:DeleteDirectory rolesanywhere:DeleteTrustAnchor verifiedpermissions:DeletePolicyStore
    """,
    "delete:secret": """
        secretsmanager:DeleteSecret ssm:DeleteParameter ssm:DeleteParameters kms:ScheduleKeyDeletion
        kms:DeleteImportedKeyMaterial kms:DisableKey acm:DeleteCertificate acm-pca:DeleteCertificateAuthority
        cloudhsm:DeleteCluster iam:DeleteServerCertificate payment-cryptography:DeleteKey
    """,
    "delete:domain": """
        route53:DeleteHostedZone route53:ChangeResourceRecordSets route53domains:DeleteDomain
        route53domains:TransferDomainToAnotherAwsAccount route53domains:UpdateDomainNameservers
        lightsail:DeleteDomain servicediscovery:DeleteNamespace apigateway:DELETE
    """,
    "delete:message": "sqs:PurgeQueue sqs:DeleteMessage sqs:DeleteQueue sns:DeleteTopic ses:DeleteIdentity",
    "mint:identity": """
        iam:CreateAccessKey iam:UpdateAccessKey iam:CreateUser iam:CreateRole iam:CreateLoginProfile
        iam:UpdateLoginProfile iam:AttachUserPolicy iam:AttachRolePolicy iam:AttachGroupPolicy iam:PutUserPolicy
        iam:PutRolePolicy iam:PutGroupPolicy iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:AddUserToGroup
        iam:UpdateAssumeRolePolicy iam:PassRole iam:CreateServiceSpecificCredential
        iam:ResetServiceSpecificCredential iam:UploadSSHPublicKey iam:UploadSigningCertificate
        iam:DeleteUserPermissionsBoundary iam:DeleteRolePermissionsBoundary iam:PutUserPermissionsBoundary
        iam:PutRolePermissionsBoundary iam:DeleteUserPolicy iam:DeleteRolePolicy iam:CreateSAMLProvider
        iam:UpdateSAMLProvider iam:CreateOpenIDConnectProvider iam:AddClientIDToOpenIDConnectProvider
        iam:CreateVirtualMFADevice iam:EnableMFADevice sts:AssumeRole sts:AssumeRoleWithSAML
        sts:AssumeRoleWithWebIdentity sts:AssumeRoot sts:GetFederationToken sso:CreateAccountAssignment
        sso:PutInlinePolicyToPermissionSet sso:AttachManagedPolicyToPermissionSet
        sso:AttachCustomerManagedPolicyReferenceToPermissionSet sso:CreatePermissionSet sso:GetRoleCredentials
        identitystore:CreateUser identitystore:CreateGroupMembership sso-directory:CreateUser
        sso-directory:UpdatePassword cognito-idp:AdminCreateUser cognito-idp:AdminSetUserPassword
        cognito-idp:AdminAddUserToGroup cognito-identity:SetIdentityPoolRoles
        cognito-identity:GetCredentialsForIdentity organizations:CreateAccount
        organizations:InviteAccountToOrganization organizations:DetachPolicy organizations:DeletePolicy
        eks:CreateAccessEntry eks:AssociateAccessPolicy rds:ModifyDBInstance rds:ModifyDBCluster
        redshift:GetClusterCredentials redshift:GetClusterCredentialsWithIAM redshift:CreateClusterUser
        redshift:ModifyCluster redshift-serverless:GetCredentials ec2-instance-connect:SendSSHPublicKey
        ec2:AssociateIamInstanceProfile ec2:ReplaceIamInstanceProfileAssociation ec2:CreateKeyPair
        ec2:GetPasswordData lightsail:GetInstanceAccessDetails lightsail:DownloadDefaultKeyPair
        rolesanywhere:CreateTrustAnchor rolesanywhere:CreateProfile rolesanywhere:CreateSession
        codestar:CreateProject codestar:AssociateTeamMember ds:ResetUserPassword ds:CreateUser
        quicksight:RegisterUser transfer:CreateUser transfer:ImportSshPublicKey mq:CreateUser
        elasticache:CreateUser memorydb:CreateUser bedrock:CreateApiKey
    """,
    "mint:secret": """
        kms:CreateGrant kms:PutKeyPolicy secretsmanager:PutResourcePolicy secretsmanager:UpdateSecret
        secretsmanager:PutSecretValue lambda:AddPermission s3:PutBucketPolicy s3:PutBucketAcl s3:PutObjectAcl
        s3:PutAccessPointPolicy s3:DeleteBucketPublicAccessBlock s3:PutBucketPublicAccessBlock
        s3:PutAccountPublicAccessBlock sqs:AddPermission sqs:SetQueueAttributes sns:AddPermission
        sns:SetTopicAttributes ecr:SetRepositoryPolicy backup:PutBackupVaultAccessPolicy
        ec2:ModifySnapshotAttribute ec2:ModifyImageAttribute rds:ModifyDBClusterSnapshotAttribute
        glacier:SetVaultAccessPolicy elasticfilesystem:PutFileSystemPolicy es:UpdateDomainConfig
        appsync:CreateApiKey apigateway:POST acm:ExportCertificate acm-pca:IssueCertificate ram:CreateResourceShare
    """,
    "admin:identity": """
        iam:PutUserPolicy iam:AttachUserPolicy iam:UpdateAccountPasswordPolicy organizations:AttachPolicy
    """,
    "execute:code": """
        lambda:InvokeFunction lambda:UpdateFunctionCode lambda:CreateFunction lambda:UpdateFunctionConfiguration
        lambda:CreateEventSourceMapping ec2:RunInstances ec2:ModifyInstanceAttribute ssm:SendCommand
        ssm:StartSession ssm:StartAutomationExecution ssm:CreateAssociation ecs:RunTask ecs:StartTask
        ecs:ExecuteCommand ecs:RegisterTaskDefinition codebuild:StartBuild codebuild:CreateProject
        codebuild:UpdateProject glue:CreateJob glue:StartJobRun glue:CreateDevEndpoint glue:UpdateDevEndpoint
        sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl
        sagemaker:CreatePresignedDomainUrl sagemaker:CreateTrainingJob sagemaker:CreateProcessingJob
        cloudformation:CreateStack cloudformation:UpdateStack cloudformation:CreateChangeSet
        cloudformation:ExecuteChangeSet batch:SubmitJob states:StartExecution states:CreateStateMachine
        elasticmapreduce:RunJobFlow elasticmapreduce:AddJobFlowSteps datapipeline:PutPipelineDefinition
        cloudshell:CreateEnvironment cloud9:CreateEnvironmentEC2 eks:AccessKubernetesApi
        ec2-instance-connect:SendSSHPublicKey ec2-instance-connect:SendSerialConsoleSSHPublicKey amplify:StartJob
        apprunner:CreateService bedrock:InvokeModel bedrock:InvokeAgent greengrass:CreateDeployment iot:CreateJob
        imagebuilder:StartImagePipelineExecution emr-serverless:StartJobRun rds-db:connect
    """,
    "spend:infra": """
        ec2:RunInstances ec2:RequestSpotInstances ec2:PurchaseReservedInstancesOffering ec2:PurchaseHostReservation
        rds:CreateDBInstance redshift:CreateCluster elasticmapreduce:RunJobFlow sagemaker:CreateTrainingJob
        eks:CreateCluster bedrock:InvokeModel bedrock:CreateProvisionedModelThroughput
        rds:PurchaseReservedDBInstancesOffering savingsplans:CreateSavingsPlan aws-marketplace:Subscribe
    """,
    "spend:domain": "route53domains:RegisterDomain route53domains:TransferDomain route53domains:RenewDomain",
    "admin:billing": """
        aws-portal:ModifyBilling aws-portal:ModifyPaymentMethods payments:UpdatePaymentPreferences
        billing:UpdateBillingPreferences budgets:ModifyBudget
    """,
    "read:billing": "aws-portal:ViewBilling ce:GetCostAndUsage billing:GetBillingData",
    "read:data": """
        s3:GetObject s3:GetObjectVersion dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:PartiQLSelect
        rds-data:ExecuteStatement redshift-data:GetStatementResult athena:GetQueryResults
        athena:StartQueryExecution ebs:GetSnapshotBlock ec2:CreateSnapshot ec2:CopySnapshot ec2:CreateImage
        rds:CreateDBSnapshot rds:CopyDBSnapshot rds:RestoreDBInstanceFromDBSnapshot rds:DownloadCompleteDBLogFile
        kinesis:GetRecords logs:GetLogEvents logs:FilterLogEvents logs:StartQuery es:ESHttpGet
        elasticfilesystem:ClientMount glacier:GetJobOutput backup:StartRestoreJob cognito-idp:ListUsers
        macie2:GetFindings glue:GetTable neptune-db:ReadDataViaQuery timestream:Select cassandra:Select sdb:Select
        dynamodb:GetRecords dynamodb:ExportTableToPointInTime
    """,
    "write:data": """
        s3:PutObject s3:CreateBucket s3:RestoreObject s3:ReplicateObject dynamodb:PutItem dynamodb:UpdateItem
        dynamodb:PartiQLUpdate dynamodb:PartiQLInsert dynamodb:CreateTable dynamodb:RestoreTableFromBackup
        rds-data:ExecuteStatement rds-data:BatchExecuteStatement redshift-data:ExecuteStatement kinesis:PutRecord
        firehose:PutRecord es:ESHttpPost es:ESHttpPut elasticfilesystem:ClientWrite
        elasticfilesystem:ClientRootAccess ec2:CreateVolume ec2:AttachVolume logs:PutLogEvents glue:CreateTable
        glue:UpdateTable neptune-db:WriteDataViaQuery timestream:WriteRecords cassandra:Modify sdb:PutAttributes
    """,
    "read:secret": """
        secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue ssm:GetParameter ssm:GetParameters
        ssm:GetParametersByPath ssm:GetParameterHistory kms:Decrypt kms:ReEncryptFrom
        lambda:GetFunctionConfiguration
    """,
    "write:secret": """
        secretsmanager:CreateSecret secretsmanager:PutSecretValue secretsmanager:UpdateSecret
        secretsmanager:RotateSecret ssm:PutParameter kms:CreateKey acm:ImportCertificate
    """,
    "read:code": "codecommit:GitPull codecommit:GetFile lambda:GetFunction lambda:GetLayerVersion",
    "write:code": """
        codecommit:GitPush codecommit:PutFile codecommit:MergePullRequestByFastForward lambda:UpdateFunctionCode
        lambda:PublishLayerVersion codepipeline:UpdatePipeline
    """,
    "read:package": """
        ecr:BatchGetImage ecr:GetDownloadUrlForLayer codeartifact:ReadFromRepository
        codeartifact:GetPackageVersionAsset
    """,
    "write:package": """
        ecr:PutImage ecr:CompleteLayerUpload ecr-public:PutImage codeartifact:PublishPackageVersion
        codeartifact:CopyPackageVersions
    """,
    "write:infra": """
        ec2:StartInstances ec2:StopInstances ec2:RebootInstances ec2:CreateVpc ec2:AuthorizeSecurityGroupIngress
        ec2:CreateSecurityGroup ec2:CreateRoute ec2:ModifyVpcAttribute ec2:CreateTags
        autoscaling:UpdateAutoScalingGroup eks:CreateCluster eks:UpdateClusterConfig ecs:UpdateService
        ecs:CreateCluster rds:ModifyDBInstance rds:CreateDBInstance rds:StopDBInstance
        elasticloadbalancing:ModifyListener cloudfront:UpdateDistribution cloudfront:CreateInvalidation
        apigateway:PUT apigateway:PATCH cloudwatch:PutMetricAlarm events:PutRule events:PutTargets
        cloudformation:UpdateStack elasticbeanstalk:UpdateEnvironment sqs:CreateQueue sns:CreateTopic
        cloudwatch:PutMetricData cloudtrail:UpdateTrail config:PutConfigurationRecorder
    """,
    "write:domain": "route53:ChangeResourceRecordSets route53:CreateHostedZone route53domains:UpdateDomainContact",
    "write:identity": """
        iam:TagUser iam:UpdateUser iam:ChangePassword iam:CreateGroup iam:CreatePolicy identitystore:UpdateUser
    """,
    "read:identity": """
        iam:GetAccountAuthorizationDetails iam:ListUsers iam:ListRoles iam:GetCredentialReport iam:GetPolicyVersion
        identitystore:ListUsers organizations:ListAccounts sso:ListAccountAssignments
    """,
    "read:message": "sqs:ReceiveMessage kafka-cluster:ReadData workmail:GetMailboxDetails",
    "write:message": """
        ses:SendEmail ses:SendRawEmail ses:SendBulkEmail sns:Publish sqs:SendMessage mobiletargeting:SendMessages
    """,
    "spend:message": """
        ses:SendEmail ses:SendRawEmail sns:Publish sms-voice:SendTextMessage connect:StartOutboundVoiceContact
    """,
}  # fmt: skip

POWERS: dict[str, tuple[str, ...]] = {}
"""Action in lower case -> powers."""
for _power, _actions in _TABLE.items():
    for _action in _actions.split():
        POWERS[_action.lower()] = (*POWERS.get(_action.lower(), ()), _power)

READING = (
    "get",
    "list",
    "describe",
    "batchget",
    "search",
    "view",
    "lookup",
    "check",
    "estimate",
    "head",
    "simulate",
    "validate",
)
"""How the names of actions start that read settings; those that read data or secrets stand in the table by name."""
_HARMLESS = """
    sts:GetCallerIdentity sts:GetSessionToken sts:TagSession sts:DecodeAuthorizationMessage sts:SetSourceIdentity
    sts:GetServiceBearerToken ecr:GetAuthorizationToken codeartifact:GetAuthorizationToken kms:Encrypt
    kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:Verify xray:PutTraceSegments
    xray:PutTelemetryRecords logs:CreateLogGroup logs:CreateLogStream ssm:UpdateInstanceInformation
    ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel
    ssmmessages:OpenDataChannel ec2messages:AcknowledgeMessage ec2messages:SendReply ec2messages:FailMessage
    ecr:InitiateLayerUpload ecr:UploadLayerPart s3:AbortMultipartUpload support:DescribeCases health:DescribeEvents
"""
HARMLESS = frozenset(_HARMLESS.lower().split())
"""Actions that neither destroy, widen nor reveal."""
