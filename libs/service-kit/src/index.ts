// Owns what all services have in common: boot, configuration, logs, health, metrics, problem documents, REST, the guard and
// the audit of administrators, and the API's description. A service adds its module; nothing here decides about its domain.
// Must not know storage engines, NATS beyond `messaging`, or any one service.
export * from './admin-guard/access.decorators.js'
export * from './admin-guard/admin-caller.js'
export { Caller, Org } from './admin-guard/admin.guard.js'
export { AdminTrust, type AdminTrustOptions, type FindOrganization, type LiveAdminClient } from './admin-guard/admin-trust.js'
export { Audited } from './audit/audited.decorator.js'
export { MutationAudit, type MutationAuditOptions } from './audit/mutation-audit.js'
export { type MutationBatch, type MutationLog, type MutationRecord } from './audit/mutation-log.js'
export { type HttpLimits } from './boot/http-limits.js'
export { runService, type ServiceComposition } from './boot/run-service.js'
export { StartRefusal } from './boot/start-refusal.js'
export { type RunningService, type ServiceOptions, startService } from './boot/start-service.js'
export { catalogue, type ConfigurationReader, OWN_PREFIXES, type Variable } from './configuration/catalogue.js'
export { renderConfigurationReference } from './configuration/configuration-reference.js'
export {
  type Configuration,
  type ConfigurationProblem,
  type ConfigurationReading,
  parseConfiguration,
} from './configuration/parse-configuration.js'
export { type Environment } from './configuration/process-environment.js'
export { Secret } from './configuration/secret.js'
export { type AppliedAnswer, appliedAnswerSchema } from './feed/applied-answer.js'
export { adminTrustOf } from './feed/feed-admin-trust.js'
export { ServiceFeed, type ServiceFeedOptions } from './feed/service-feed.js'
export { type DatabaseState, logDatabaseState, type ObservedDatabase } from './health/observe-database.js'
export { Metrics, type Sample } from './health/metrics.js'
export { Readiness, type ReadinessCheck } from './health/readiness.js'
export { createLog, Log, type LogLevel, type LogOptions } from './logging/logger.js'
export { type AnswerOptions, Answers } from './openapi/answers.decorator.js'
export { Tags } from './openapi/described.decorator.js'
export { type ApiDescription } from './openapi/openapi-document.js'
export { PROBLEM_CODES, type ProblemCode, problemCodes, statusOf } from './problems/problem-codes.js'
export { type FieldProblem, type Problem, problem, ProblemError } from './problems/problem.js'
export { type ProblemRenderer, type RenderedProblem } from './problems/problem.filter.js'
export { invalidContent } from './problems/request-validation.pipe.js'
export { type UnavailableMapper } from './problems/translate-error.js'
export { type IfMatch, IfMatchHeader, matchesRevision } from './rest/if-match.js'
export { IdempotencyRecords, type IdempotencyRecordStore } from './rest/idempotency-records.js'
export { Idempotent } from './rest/idempotent.decorator.js'
export { applyMergePatch, MERGE_PATCH_MEDIA_TYPE } from './rest/merge-patch.js'
export * from './rest/paging.js'
