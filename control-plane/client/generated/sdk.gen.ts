// @ts-nocheck
// Generated from control-plane/openapi.json by `npm run client`; do not edit.

import { client } from './client.gen.ts';
import type { Client, ClientMeta, Options as Options2, RequestResult, ServerSentEventsResult, TDataShape } from './client/index.ts';
import type { AbortMoveData, AbortMoveErrors, AbortMoveResponses, AddProductVersionData, AddProductVersionErrors, AddProductVersionResponses, AdoptTenantData, AdoptTenantErrors, AdoptTenantResponses, ApproveOperationData, ApproveOperationErrors, ApproveOperationResponses, AskDeviceSignInData, AskDeviceSignInErrors, AskDeviceSignInResponses, AttestUnitData, AttestUnitErrors, AttestUnitResponses, BackupUnitData, BackupUnitErrors, BackupUnitResponses, CancelOperationData, CancelOperationErrors, CancelOperationResponses, CheckUnitData, CheckUnitErrors, CheckUnitResponses, CreateAuditCheckpointData, CreateAuditCheckpointErrors, CreateAuditCheckpointResponses, CreateCellData, CreateCellErrors, CreateCellResponses, CreateKubeconfigData, CreateKubeconfigErrors, CreateKubeconfigResponses, CreateOperatorData, CreateOperatorErrors, CreateOperatorResponses, CreateQuoteData, CreateQuoteErrors, CreateQuoteResponses, CreateTenantData, CreateTenantErrors, CreateTenantResponses, CreateTokenData, CreateTokenErrors, CreateTokenResponses, DecommissionTenantData, DecommissionTenantErrors, DecommissionTenantResponses, DeployUnitData, DeployUnitErrors, DeployUnitResponses, DisableOperatorData, DisableOperatorErrors, DisableOperatorResponses, DownloadExportData, DownloadExportErrors, DownloadExportResponses, EnableOperatorData, EnableOperatorErrors, EnableOperatorResponses, EraseAuditPersonalData, EraseAuditPersonalErrors, EraseAuditPersonalResponses, ExportAuditData, ExportAuditErrors, ExportAuditResponses, ExportTenantData, ExportTenantErrors, ExportTenantResponses, ExtendTrialData, ExtendTrialErrors, ExtendTrialResponses, FinishSignInData, FinishSignInErrors, GetAccessModelData, GetAccessModelErrors, GetAccessModelResponses, GetCellData, GetCellErrors, GetCellResponses, GetCertificateData, GetCertificateErrors, GetCertificateResponses, GetChangePlanData, GetChangePlanErrors, GetChangePlanResponses, GetDriftData, GetDriftErrors, GetDriftResponses, GetEvidenceData, GetEvidenceErrors, GetEvidenceResponses, GetExportData, GetExportErrors, GetExportResponses, GetLivenessData, GetLivenessErrors, GetLivenessResponses, GetMetricsData, GetMetricsErrors, GetMetricsResponses, GetMoveData, GetMoveErrors, GetMoveResponses, GetOperationData, GetOperationErrors, GetOperationResponses, GetOperationStatusData, GetOperationStatusErrors, GetOperationStatusResponses, GetOperatorData, GetOperatorErrors, GetOperatorResponses, GetOrphanData, GetOrphanErrors, GetOrphanResponses, GetPlanData, GetPlanErrors, GetPlanResponses, GetProductData, GetProductErrors, GetProductResponses, GetQuoteData, GetQuoteErrors, GetQuoteResponses, GetReadinessData, GetReadinessErrors, GetReadinessResponses, GetRegionData, GetRegionErrors, GetRegionResponses, GetTenantData, GetTenantErrors, GetTenantResponses, GetUnitData, GetUnitErrors, GetUnitResponses, HandOffTenantData, HandOffTenantErrors, HandOffTenantResponses, HoldTenantData, HoldTenantErrors, HoldTenantResponses, KeepOrphanData, KeepOrphanErrors, KeepOrphanResponses, ListAuditCheckpointsData, ListAuditCheckpointsErrors, ListAuditCheckpointsResponses, ListAuditEventsData, ListAuditEventsErrors, ListAuditEventsResponses, ListBackupsData, ListBackupsErrors, ListBackupsResponses, ListCellsData, ListCellsErrors, ListCellsResponses, ListEvidenceData, ListEvidenceErrors, ListEvidenceResponses, ListExportsData, ListExportsErrors, ListExportsResponses, ListHoldsData, ListHoldsErrors, ListHoldsResponses, ListMovesData, ListMovesErrors, ListMovesResponses, ListOperationsData, ListOperationsErrors, ListOperationsResponses, ListOperatorsData, ListOperatorsErrors, ListOperatorsResponses, ListOrphansData, ListOrphansErrors, ListOrphansResponses, ListPlansData, ListPlansErrors, ListPlansResponses, ListProductsData, ListProductsErrors, ListProductsResponses, ListQuotesData, ListQuotesErrors, ListQuotesResponses, ListRegionsData, ListRegionsErrors, ListRegionsResponses, ListSessionsData, ListSessionsErrors, ListSessionsResponses, ListSharesData, ListSharesErrors, ListSharesResponses, ListSigningKeysData, ListSigningKeysErrors, ListSigningKeysResponses, ListTenantsData, ListTenantsErrors, ListTenantsResponses, ListTokensData, ListTokensErrors, ListTokensResponses, ListUnitsData, ListUnitsErrors, ListUnitsResponses, MoveTenantData, MoveTenantErrors, MoveTenantResponses, OpenExportData, OpenExportErrors, OpenExportResponses, OpenHandOffData, OpenHandOffErrors, OpenHandOffResponses, PlanChangeData, PlanChangeErrors, PlanChangeResponses, ReconcileUnitData, ReconcileUnitErrors, ReconcileUnitResponses, RegisterProductData, RegisterProductErrors, RegisterProductResponses, RejectOperationData, RejectOperationErrors, RejectOperationResponses, ReleaseHoldData, ReleaseHoldErrors, ReleaseHoldResponses, ResumeTenantData, ResumeTenantErrors, ResumeTenantResponses, RetireCellData, RetireCellErrors, RetireCellResponses, RetireMoveData, RetireMoveErrors, RetireMoveResponses, RetryOperationData, RetryOperationErrors, RetryOperationResponses, RevokeSessionData, RevokeSessionErrors, RevokeSessionResponses, RevokeTokenData, RevokeTokenErrors, RevokeTokenResponses, RotateSigningKeyData, RotateSigningKeyErrors, RotateSigningKeyResponses, RotateStackKeyData, RotateStackKeyErrors, RotateStackKeyResponses, SetOperatorRoleData, SetOperatorRoleErrors, SetOperatorRoleResponses, ShareOperationData, ShareOperationErrors, ShareOperationResponses, ShowHandOffData, ShowHandOffErrors, ShowHandOffResponses, SignOutData, SignOutErrors, SignOutResponses, StartDeviceSignInData, StartDeviceSignInErrors, StartDeviceSignInResponses, StartSignInData, StartSignInErrors, SuspendTenantData, SuspendTenantErrors, SuspendTenantResponses, UnshareOperationData, UnshareOperationErrors, UnshareOperationResponses, UpdateTenantData, UpdateTenantErrors, UpdateTenantResponses, WatchOperationData, WatchOperationErrors, WatchOperationResponse, WatchOperationResponses, WhoAmIData, WhoAmIErrors, WhoAmIResponses, WithdrawQuoteData, WithdrawQuoteErrors, WithdrawQuoteResponses } from './types.gen.ts';

export type Options<TData extends TDataShape = TDataShape, ThrowOnError extends boolean = boolean, TResponse = unknown> = Options2<TData, ThrowOnError, TResponse> & {
    /**
     * You can provide a client instance returned by `createClient()` instead of
     * individual options. This might be also useful if you want to implement a
     * custom client.
     */
    client?: Client;
    /**
     * You can pass arbitrary values through the `meta` object. This can be
     * used to access values that aren't defined as part of the SDK function.
     */
    meta?: keyof ClientMeta extends never ? Record<string, unknown> : ClientMeta;
};

/**
 * Whether the process runs
 */
export const getLiveness = <ThrowOnError extends boolean = false>(options?: Options<GetLivenessData, ThrowOnError>): RequestResult<GetLivenessResponses, GetLivenessErrors, ThrowOnError> => (options?.client ?? client).get<GetLivenessResponses, GetLivenessErrors, ThrowOnError>({ url: '/healthz', ...options });

/**
 * Whether it can do its work, and if not, which part is away
 */
export const getReadiness = <ThrowOnError extends boolean = false>(options?: Options<GetReadinessData, ThrowOnError>): RequestResult<GetReadinessResponses, GetReadinessErrors, ThrowOnError> => (options?.client ?? client).get<GetReadinessResponses, GetReadinessErrors, ThrowOnError>({ url: '/readyz', ...options });

/**
 * Metrics for Prometheus
 */
export const getMetrics = <ThrowOnError extends boolean = false>(options?: Options<GetMetricsData, ThrowOnError>): RequestResult<GetMetricsResponses, GetMetricsErrors, ThrowOnError> => (options?.client ?? client).get<GetMetricsResponses, GetMetricsErrors, ThrowOnError>({ url: '/metrics', ...options });

/**
 * Who this token belongs to and what it may do
 */
export const whoAmI = <ThrowOnError extends boolean = false>(options?: Options<WhoAmIData, ThrowOnError>): RequestResult<WhoAmIResponses, WhoAmIErrors, ThrowOnError> => (options?.client ?? client).get<WhoAmIResponses, WhoAmIErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/whoami',
    ...options
});

/**
 * Every role, every verb, and which role has which
 */
export const getAccessModel = <ThrowOnError extends boolean = false>(options?: Options<GetAccessModelData, ThrowOnError>): RequestResult<GetAccessModelResponses, GetAccessModelErrors, ThrowOnError> => (options?.client ?? client).get<GetAccessModelResponses, GetAccessModelErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/access',
    ...options
});

/**
 * Who may do what, by name
 */
export const listOperators = <ThrowOnError extends boolean = false>(options?: Options<ListOperatorsData, ThrowOnError>): RequestResult<ListOperatorsResponses, ListOperatorsErrors, ThrowOnError> => (options?.client ?? client).get<ListOperatorsResponses, ListOperatorsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators',
    ...options
});

/**
 * Make an operator; it lets itself in by tokens
 */
export const createOperator = <ThrowOnError extends boolean = false>(options: Options<CreateOperatorData, ThrowOnError>): RequestResult<CreateOperatorResponses, CreateOperatorErrors, ThrowOnError> => (options.client ?? client).post<CreateOperatorResponses, CreateOperatorErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * One operator
 */
export const getOperator = <ThrowOnError extends boolean = false>(options: Options<GetOperatorData, ThrowOnError>): RequestResult<GetOperatorResponses, GetOperatorErrors, ThrowOnError> => (options.client ?? client).get<GetOperatorResponses, GetOperatorErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators/{operator}',
    ...options
});

/**
 * Change what it may do, at once
 */
export const setOperatorRole = <ThrowOnError extends boolean = false>(options: Options<SetOperatorRoleData, ThrowOnError>): RequestResult<SetOperatorRoleResponses, SetOperatorRoleErrors, ThrowOnError> => (options.client ?? client).patch<SetOperatorRoleResponses, SetOperatorRoleErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators/{operator}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Shut out at once and end all its sessions
 */
export const disableOperator = <ThrowOnError extends boolean = false>(options: Options<DisableOperatorData, ThrowOnError>): RequestResult<DisableOperatorResponses, DisableOperatorErrors, ThrowOnError> => (options.client ?? client).post<DisableOperatorResponses, DisableOperatorErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators/{operator}/disable',
    ...options
});

/**
 * Let in again: its tokens work as before
 */
export const enableOperator = <ThrowOnError extends boolean = false>(options: Options<EnableOperatorData, ThrowOnError>): RequestResult<EnableOperatorResponses, EnableOperatorErrors, ThrowOnError> => (options.client ?? client).post<EnableOperatorResponses, EnableOperatorErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operators/{operator}/enable',
    ...options
});

/**
 * Tokens, newest first; the tokens themselves are stored nowhere
 */
export const listTokens = <ThrowOnError extends boolean = false>(options?: Options<ListTokensData, ThrowOnError>): RequestResult<ListTokensResponses, ListTokensErrors, ThrowOnError> => (options?.client ?? client).get<ListTokensResponses, ListTokensErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tokens',
    ...options
});

/**
 * Make a token, shown once; repeated under the same name it is refused, so no key is needed
 */
export const createToken = <ThrowOnError extends boolean = false>(options: Options<CreateTokenData, ThrowOnError>): RequestResult<CreateTokenResponses, CreateTokenErrors, ThrowOnError> => (options.client ?? client).post<CreateTokenResponses, CreateTokenErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tokens',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Refuse it everywhere, at once and for ever
 */
export const revokeToken = <ThrowOnError extends boolean = false>(options: Options<RevokeTokenData, ThrowOnError>): RequestResult<RevokeTokenResponses, RevokeTokenErrors, ThrowOnError> => (options.client ?? client).post<RevokeTokenResponses, RevokeTokenErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tokens/{token}/revoke',
    ...options
});

/**
 * Sessions, newest first
 */
export const listSessions = <ThrowOnError extends boolean = false>(options?: Options<ListSessionsData, ThrowOnError>): RequestResult<ListSessionsResponses, ListSessionsErrors, ThrowOnError> => (options?.client ?? client).get<ListSessionsResponses, ListSessionsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/sessions',
    ...options
});

/**
 * End a session everywhere, at once
 */
export const revokeSession = <ThrowOnError extends boolean = false>(options: Options<RevokeSessionData, ThrowOnError>): RequestResult<RevokeSessionResponses, RevokeSessionErrors, ThrowOnError> => (options.client ?? client).post<RevokeSessionResponses, RevokeSessionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/sessions/{session}/revoke',
    ...options
});

/**
 * End the session this is asked with
 */
export const signOut = <ThrowOnError extends boolean = false>(options?: Options<SignOutData, ThrowOnError>): RequestResult<SignOutResponses, SignOutErrors, ThrowOnError> => (options?.client ?? client).post<SignOutResponses, SignOutErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/sign-out',
    ...options
});

/**
 * Sign in with a browser
 */
export const startSignIn = <ThrowOnError extends boolean = false>(options: Options<StartSignInData, ThrowOnError>): RequestResult<unknown, StartSignInErrors, ThrowOnError> => (options.client ?? client).get<unknown, StartSignInErrors, ThrowOnError>({ url: '/v1/sign-in/start', ...options });

/**
 * Where the provider sends a browser back to
 */
export const finishSignIn = <ThrowOnError extends boolean = false>(options?: Options<FinishSignInData, ThrowOnError>): RequestResult<unknown, FinishSignInErrors, ThrowOnError> => (options?.client ?? client).get<unknown, FinishSignInErrors, ThrowOnError>({ url: '/v1/sign-in/callback', ...options });

/**
 * Sign in with a command line
 */
export const startDeviceSignIn = <ThrowOnError extends boolean = false>(options?: Options<StartDeviceSignInData, ThrowOnError>): RequestResult<StartDeviceSignInResponses, StartDeviceSignInErrors, ThrowOnError> => (options?.client ?? client).post<StartDeviceSignInResponses, StartDeviceSignInErrors, ThrowOnError>({ url: '/v1/sign-in/device', ...options });

/**
 * How a sign-in of a command line stands; the session is told once
 */
export const askDeviceSignIn = <ThrowOnError extends boolean = false>(options: Options<AskDeviceSignInData, ThrowOnError>): RequestResult<AskDeviceSignInResponses, AskDeviceSignInErrors, ThrowOnError> => (options.client ?? client).post<AskDeviceSignInResponses, AskDeviceSignInErrors, ThrowOnError>({
    url: '/v1/sign-in/device/token',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Plans of the catalogue
 */
export const listPlans = <ThrowOnError extends boolean = false>(options?: Options<ListPlansData, ThrowOnError>): RequestResult<ListPlansResponses, ListPlansErrors, ThrowOnError> => (options?.client ?? client).get<ListPlansResponses, ListPlansErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/plans',
    ...options
});

/**
 * One plan
 */
export const getPlan = <ThrowOnError extends boolean = false>(options: Options<GetPlanData, ThrowOnError>): RequestResult<GetPlanResponses, GetPlanErrors, ThrowOnError> => (options.client ?? client).get<GetPlanResponses, GetPlanErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/plans/{name}',
    ...options
});

/**
 * Products that this plane operates
 */
export const listProducts = <ThrowOnError extends boolean = false>(options?: Options<ListProductsData, ThrowOnError>): RequestResult<ListProductsResponses, ListProductsErrors, ThrowOnError> => (options?.client ?? client).get<ListProductsResponses, ListProductsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/products',
    ...options
});

/**
 * Register a product: where its chart and image are and which contract it keeps
 */
export const registerProduct = <ThrowOnError extends boolean = false>(options: Options<RegisterProductData, ThrowOnError>): RequestResult<RegisterProductResponses, RegisterProductErrors, ThrowOnError> => (options.client ?? client).post<RegisterProductResponses, RegisterProductErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/products',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * One product with its versions
 */
export const getProduct = <ThrowOnError extends boolean = false>(options: Options<GetProductData, ThrowOnError>): RequestResult<GetProductResponses, GetProductErrors, ThrowOnError> => (options.client ?? client).get<GetProductResponses, GetProductErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/products/{product}',
    ...options
});

/**
 * Register a version of a product, with what it does to a database
 */
export const addProductVersion = <ThrowOnError extends boolean = false>(options: Options<AddProductVersionData, ThrowOnError>): RequestResult<AddProductVersionResponses, AddProductVersionErrors, ThrowOnError> => (options.client ?? client).post<AddProductVersionResponses, AddProductVersionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/products/{product}/versions',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Regions
 */
export const listRegions = <ThrowOnError extends boolean = false>(options?: Options<ListRegionsData, ThrowOnError>): RequestResult<ListRegionsResponses, ListRegionsErrors, ThrowOnError> => (options?.client ?? client).get<ListRegionsResponses, ListRegionsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/regions',
    ...options
});

/**
 * One region
 */
export const getRegion = <ThrowOnError extends boolean = false>(options: Options<GetRegionData, ThrowOnError>): RequestResult<GetRegionResponses, GetRegionErrors, ThrowOnError> => (options.client ?? client).get<GetRegionResponses, GetRegionErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/regions/{name}',
    ...options
});

/**
 * List cells by name
 */
export const listCells = <ThrowOnError extends boolean = false>(options?: Options<ListCellsData, ThrowOnError>): RequestResult<ListCellsResponses, ListCellsErrors, ThrowOnError> => (options?.client ?? client).get<ListCellsResponses, ListCellsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/cells',
    ...options
});

/**
 * Create a cell
 */
export const createCell = <ThrowOnError extends boolean = false>(options: Options<CreateCellData, ThrowOnError>): RequestResult<CreateCellResponses, CreateCellErrors, ThrowOnError> => (options.client ?? client).post<CreateCellResponses, CreateCellErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/cells',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Retire an empty cell
 */
export const retireCell = <ThrowOnError extends boolean = false>(options: Options<RetireCellData, ThrowOnError>): RequestResult<RetireCellResponses, RetireCellErrors, ThrowOnError> => (options.client ?? client).delete<RetireCellResponses, RetireCellErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/cells/{cell}',
    ...options
});

/**
 * One cell: room, state, conditions, open operations
 */
export const getCell = <ThrowOnError extends boolean = false>(options: Options<GetCellData, ThrowOnError>): RequestResult<GetCellResponses, GetCellErrors, ThrowOnError> => (options.client ?? client).get<GetCellResponses, GetCellErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/cells/{cell}',
    ...options
});

/**
 * List units of every kind by name
 */
export const listUnits = <ThrowOnError extends boolean = false>(options?: Options<ListUnitsData, ThrowOnError>): RequestResult<ListUnitsResponses, ListUnitsErrors, ThrowOnError> => (options?.client ?? client).get<ListUnitsResponses, ListUnitsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units',
    ...options
});

/**
 * One unit: whose it is, version, conditions, open operations
 */
export const getUnit = <ThrowOnError extends boolean = false>(options: Options<GetUnitData, ThrowOnError>): RequestResult<GetUnitResponses, GetUnitErrors, ThrowOnError> => (options.client ?? client).get<GetUnitResponses, GetUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}',
    ...options
});

/**
 * Move a unit to another version of its product, or back; 200 when it is there already
 */
export const deployUnit = <ThrowOnError extends boolean = false>(options: Options<DeployUnitData, ThrowOnError>): RequestResult<DeployUnitResponses, DeployUnitErrors, ThrowOnError> => (options.client ?? client).post<DeployUnitResponses, DeployUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/deploy',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Where a unit differs from what was applied: objects and fields, and what the latest repair did
 */
export const getDrift = <ThrowOnError extends boolean = false>(options: Options<GetDriftData, ThrowOnError>): RequestResult<GetDriftResponses, GetDriftErrors, ThrowOnError> => (options.client ?? client).get<GetDriftResponses, GetDriftErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/drift',
    ...options
});

/**
 * Repair where a unit differs from what was applied; what nobody of us made stays
 */
export const reconcileUnit = <ThrowOnError extends boolean = false>(options: Options<ReconcileUnitData, ThrowOnError>): RequestResult<ReconcileUnitResponses, ReconcileUnitErrors, ThrowOnError> => (options.client ?? client).post<ReconcileUnitResponses, ReconcileUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/reconcile',
    ...options
});

/**
 * Backups of a stack’s database, newest first
 */
export const listBackups = <ThrowOnError extends boolean = false>(options: Options<ListBackupsData, ThrowOnError>): RequestResult<ListBackupsResponses, ListBackupsErrors, ThrowOnError> => (options.client ?? client).get<ListBackupsResponses, ListBackupsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/backups',
    ...options
});

/**
 * Back the database of a stack up into its own store, under its own key, and see that it restores
 */
export const backupUnit = <ThrowOnError extends boolean = false>(options: Options<BackupUnitData, ThrowOnError>): RequestResult<BackupUnitResponses, BackupUnitErrors, ThrowOnError> => (options.client ?? client).post<BackupUnitResponses, BackupUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/backups',
    ...options
});

/**
 * Make a new generation of a stack’s key; what older ones sealed goes on opening
 */
export const rotateStackKey = <ThrowOnError extends boolean = false>(options: Options<RotateStackKeyData, ThrowOnError>): RequestResult<RotateStackKeyResponses, RotateStackKeyErrors, ThrowOnError> => (options.client ?? client).post<RotateStackKeyResponses, RotateStackKeyErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/rotate-key',
    ...options
});

/**
 * What carries the plane’s names and belongs to nothing that it knows, newest first
 */
export const listOrphans = <ThrowOnError extends boolean = false>(options?: Options<ListOrphansData, ThrowOnError>): RequestResult<ListOrphansResponses, ListOrphansErrors, ThrowOnError> => (options?.client ?? client).get<ListOrphansResponses, ListOrphansErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/orphans',
    ...options
});

/**
 * One of them
 */
export const getOrphan = <ThrowOnError extends boolean = false>(options: Options<GetOrphanData, ThrowOnError>): RequestResult<GetOrphanResponses, GetOrphanErrors, ThrowOnError> => (options.client ?? client).get<GetOrphanResponses, GetOrphanErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/orphans/{orphan}',
    ...options
});

/**
 * Say that it is known and stays; it is reported no more
 */
export const keepOrphan = <ThrowOnError extends boolean = false>(options: Options<KeepOrphanData, ThrowOnError>): RequestResult<KeepOrphanResponses, KeepOrphanErrors, ThrowOnError> => (options.client ?? client).post<KeepOrphanResponses, KeepOrphanErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/orphans/{orphan}/keep',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Find quotes, newest first
 */
export const listQuotes = <ThrowOnError extends boolean = false>(options?: Options<ListQuotesData, ThrowOnError>): RequestResult<ListQuotesResponses, ListQuotesErrors, ThrowOnError> => (options?.client ?? client).get<ListQuotesResponses, ListQuotesErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/quotes',
    ...options
});

/**
 * Price a tenant and say whether and how soon it can be had; nothing is reserved
 */
export const createQuote = <ThrowOnError extends boolean = false>(options: Options<CreateQuoteData, ThrowOnError>): RequestResult<CreateQuoteResponses, CreateQuoteErrors, ThrowOnError> => (options.client ?? client).post<CreateQuoteResponses, CreateQuoteErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/quotes',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Withdraw an open quote; again it changes nothing
 */
export const withdrawQuote = <ThrowOnError extends boolean = false>(options: Options<WithdrawQuoteData, ThrowOnError>): RequestResult<WithdrawQuoteResponses, WithdrawQuoteErrors, ThrowOnError> => (options.client ?? client).delete<WithdrawQuoteResponses, WithdrawQuoteErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/quotes/{id}',
    ...options
});

/**
 * One quote
 */
export const getQuote = <ThrowOnError extends boolean = false>(options: Options<GetQuoteData, ThrowOnError>): RequestResult<GetQuoteResponses, GetQuoteErrors, ThrowOnError> => (options.client ?? client).get<GetQuoteResponses, GetQuoteErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/quotes/{id}',
    ...options
});

/**
 * Find tenants, newest first
 */
export const listTenants = <ThrowOnError extends boolean = false>(options?: Options<ListTenantsData, ThrowOnError>): RequestResult<ListTenantsResponses, ListTenantsErrors, ThrowOnError> => (options?.client ?? client).get<ListTenantsResponses, ListTenantsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants',
    ...options
});

/**
 * Place and provision a tenant; dryRun only says what would happen
 */
export const createTenant = <ThrowOnError extends boolean = false>(options: Options<CreateTenantData, ThrowOnError>): RequestResult<CreateTenantResponses, CreateTenantErrors, ThrowOnError> => (options.client ?? client).post<CreateTenantResponses, CreateTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Export the tenant, remove it and its data for ever, and certify that nothing is left; its slug stays taken
 */
export const decommissionTenant = <ThrowOnError extends boolean = false>(options: Options<DecommissionTenantData, ThrowOnError>): RequestResult<DecommissionTenantResponses, DecommissionTenantErrors, ThrowOnError> => (options.client ?? client).delete<DecommissionTenantResponses, DecommissionTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}',
    ...options
});

/**
 * One tenant with its conditions and open operations
 */
export const getTenant = <ThrowOnError extends boolean = false>(options: Options<GetTenantData, ThrowOnError>): RequestResult<GetTenantResponses, GetTenantErrors, ThrowOnError> => (options.client ?? client).get<GetTenantResponses, GetTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}',
    ...options
});

/**
 * Change details (200) or plan and limits (202)
 */
export const updateTenant = <ThrowOnError extends boolean = false>(options: Options<UpdateTenantData, ThrowOnError>): RequestResult<UpdateTenantResponses, UpdateTenantErrors, ThrowOnError> => (options.client ?? client).patch<UpdateTenantResponses, UpdateTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Refuse its users with 403 until it is resumed
 */
export const suspendTenant = <ThrowOnError extends boolean = false>(options: Options<SuspendTenantData, ThrowOnError>): RequestResult<SuspendTenantResponses, SuspendTenantErrors, ThrowOnError> => (options.client ?? client).post<SuspendTenantResponses, SuspendTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/suspend',
    ...options
});

/**
 * Serve its users again
 */
export const resumeTenant = <ThrowOnError extends boolean = false>(options: Options<ResumeTenantData, ThrowOnError>): RequestResult<ResumeTenantResponses, ResumeTenantErrors, ThrowOnError> => (options.client ?? client).post<ResumeTenantResponses, ResumeTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/resume',
    ...options
});

/**
 * Keep its data, configuration and record in a sealed file; changes nothing of it
 */
export const exportTenant = <ThrowOnError extends boolean = false>(options: Options<ExportTenantData, ThrowOnError>): RequestResult<ExportTenantResponses, ExportTenantErrors, ThrowOnError> => (options.client ?? client).post<ExportTenantResponses, ExportTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/export',
    ...options
});

/**
 * Give a trial more days; one that was suspended for its end is resumed by hand
 */
export const extendTrial = <ThrowOnError extends boolean = false>(options: Options<ExtendTrialData, ThrowOnError>): RequestResult<ExtendTrialResponses, ExtendTrialErrors, ThrowOnError> => (options.client ?? client).post<ExtendTrialResponses, ExtendTrialErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/extend-trial',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Its legal holds, in force or ended, newest first
 */
export const listHolds = <ThrowOnError extends boolean = false>(options: Options<ListHoldsData, ThrowOnError>): RequestResult<ListHoldsResponses, ListHoldsErrors, ThrowOnError> => (options.client ?? client).get<ListHoldsResponses, ListHoldsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/holds',
    ...options
});

/**
 * Forbid its removal; one that is under way turns back while it still can
 */
export const holdTenant = <ThrowOnError extends boolean = false>(options: Options<HoldTenantData, ThrowOnError>): RequestResult<HoldTenantResponses, HoldTenantErrors, ThrowOnError> => (options.client ?? client).post<HoldTenantResponses, HoldTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/holds',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Let it go: unless another one lies on it, the tenant can be removed again
 */
export const releaseHold = <ThrowOnError extends boolean = false>(options: Options<ReleaseHoldData, ThrowOnError>): RequestResult<ReleaseHoldResponses, ReleaseHoldErrors, ThrowOnError> => (options.client ?? client).post<ReleaseHoldResponses, ReleaseHoldErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/holds/{hold}/release',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Exports of tenants, newest first
 */
export const listExports = <ThrowOnError extends boolean = false>(options?: Options<ListExportsData, ThrowOnError>): RequestResult<ListExportsResponses, ListExportsErrors, ThrowOnError> => (options?.client ?? client).get<ListExportsResponses, ListExportsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/exports',
    ...options
});

/**
 * One export with what is inside
 */
export const getExport = <ThrowOnError extends boolean = false>(options: Options<GetExportData, ThrowOnError>): RequestResult<GetExportResponses, GetExportErrors, ThrowOnError> => (options.client ?? client).get<GetExportResponses, GetExportErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/exports/{export}',
    ...options
});

/**
 * The sealed file; without its key it says nothing
 */
export const downloadExport = <ThrowOnError extends boolean = false>(options: Options<DownloadExportData, ThrowOnError>): RequestResult<DownloadExportResponses, DownloadExportErrors, ThrowOnError> => (options.client ?? client).get<DownloadExportResponses, DownloadExportErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/exports/{export}/content',
    ...options
});

/**
 * The key that opens the file, for verifying and restoring it without the plane; again it is the same
 */
export const openExport = <ThrowOnError extends boolean = false>(options: Options<OpenExportData, ThrowOnError>): RequestResult<OpenExportResponses, OpenExportErrors, ThrowOnError> => (options.client ?? client).post<OpenExportResponses, OpenExportErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/exports/{export}/open',
    ...options
});

/**
 * Observe a namespace and a database that a customer has, to take them over once that is approved
 */
export const adoptTenant = <ThrowOnError extends boolean = false>(options: Options<AdoptTenantData, ThrowOnError>): RequestResult<AdoptTenantResponses, AdoptTenantErrors, ThrowOnError> => (options.client ?? client).post<AdoptTenantResponses, AdoptTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/adoptions',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Move a tenant with its data to a plan of another isolation; its address stays
 */
export const moveTenant = <ThrowOnError extends boolean = false>(options: Options<MoveTenantData, ThrowOnError>): RequestResult<MoveTenantResponses, MoveTenantErrors, ThrowOnError> => (options.client ?? client).post<MoveTenantResponses, MoveTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/move',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Moves of tenants between isolations, newest first
 */
export const listMoves = <ThrowOnError extends boolean = false>(options?: Options<ListMovesData, ThrowOnError>): RequestResult<ListMovesResponses, ListMovesErrors, ThrowOnError> => (options?.client ?? client).get<ListMovesResponses, ListMovesErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/moves',
    ...options
});

/**
 * One move: where it is, and what was measured
 */
export const getMove = <ThrowOnError extends boolean = false>(options: Options<GetMoveData, ThrowOnError>): RequestResult<GetMoveResponses, GetMoveErrors, ThrowOnError> => (options.client ?? client).get<GetMoveResponses, GetMoveErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/moves/{id}',
    ...options
});

/**
 * End the soak now: compare everything once more, then remove the old place for ever
 */
export const retireMove = <ThrowOnError extends boolean = false>(options: Options<RetireMoveData, ThrowOnError>): RequestResult<RetireMoveResponses, RetireMoveErrors, ThrowOnError> => (options.client ?? client).post<RetireMoveResponses, RetireMoveErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/moves/{id}/retire',
    ...options
});

/**
 * Take the tenant back to where it was, with all that was written since
 */
export const abortMove = <ThrowOnError extends boolean = false>(options: Options<AbortMoveData, ThrowOnError>): RequestResult<AbortMoveResponses, AbortMoveErrors, ThrowOnError> => (options.client ?? client).post<AbortMoveResponses, AbortMoveErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/moves/{id}/abort',
    ...options
});

/**
 * The signed certificate that nothing of a removed tenant is left
 */
export const getCertificate = <ThrowOnError extends boolean = false>(options: Options<GetCertificateData, ThrowOnError>): RequestResult<GetCertificateResponses, GetCertificateErrors, ThrowOnError> => (options.client ?? client).get<GetCertificateResponses, GetCertificateErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/certificate',
    ...options
});

/**
 * Hand a private tenant a kubeconfig that ends; repeated it makes another one, an Idempotency-Key changes nothing
 */
export const createKubeconfig = <ThrowOnError extends boolean = false>(options: Options<CreateKubeconfigData, ThrowOnError>): RequestResult<CreateKubeconfigResponses, CreateKubeconfigErrors, ThrowOnError> => (options.client ?? client).post<CreateKubeconfigResponses, CreateKubeconfigErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/kubeconfig',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Hand a tenant over: its address and a link to its first credentials; repeated it makes another one, an Idempotency-Key changes nothing
 */
export const handOffTenant = <ThrowOnError extends boolean = false>(options: Options<HandOffTenantData, ThrowOnError>): RequestResult<HandOffTenantResponses, HandOffTenantErrors, ThrowOnError> => (options.client ?? client).post<HandOffTenantResponses, HandOffTenantErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/tenants/{tenant}/hand-off',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * The page with the button that opens the link; opens nothing
 */
export const showHandOff = <ThrowOnError extends boolean = false>(options: Options<ShowHandOffData, ThrowOnError>): RequestResult<ShowHandOffResponses, ShowHandOffErrors, ThrowOnError> => (options.client ?? client).get<ShowHandOffResponses, ShowHandOffErrors, ThrowOnError>({ url: '/hand-off/{token}', ...options });

/**
 * Show the credentials to whoever comes first; a second time they are gone
 */
export const openHandOff = <ThrowOnError extends boolean = false>(options: Options<OpenHandOffData, ThrowOnError>): RequestResult<OpenHandOffResponses, OpenHandOffErrors, ThrowOnError> => (options.client ?? client).post<OpenHandOffResponses, OpenHandOffErrors, ThrowOnError>({ url: '/hand-off/{token}', ...options });

/**
 * Make a link that shows how far the operation is; repeated it makes another one, an Idempotency-Key changes nothing
 */
export const shareOperation = <ThrowOnError extends boolean = false>(options: Options<ShareOperationData, ThrowOnError>): RequestResult<ShareOperationResponses, ShareOperationErrors, ThrowOnError> => (options.client ?? client).post<ShareOperationResponses, ShareOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/share',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Links to an operation, newest first, without what they open it with
 */
export const listShares = <ThrowOnError extends boolean = false>(options: Options<ListSharesData, ThrowOnError>): RequestResult<ListSharesResponses, ListSharesErrors, ThrowOnError> => (options.client ?? client).get<ListSharesResponses, ListSharesErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/shares',
    ...options
});

/**
 * Revoke a link at once; again it changes nothing
 */
export const unshareOperation = <ThrowOnError extends boolean = false>(options: Options<UnshareOperationData, ThrowOnError>): RequestResult<UnshareOperationResponses, UnshareOperationErrors, ThrowOnError> => (options.client ?? client).delete<UnshareOperationResponses, UnshareOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/shares/{share}',
    ...options
});

/**
 * What a link to an operation shows; one that is unknown, has ended or was revoked is not found
 */
export const getOperationStatus = <ThrowOnError extends boolean = false>(options: Options<GetOperationStatusData, ThrowOnError>): RequestResult<GetOperationStatusResponses, GetOperationStatusErrors, ThrowOnError> => (options.client ?? client).get<GetOperationStatusResponses, GetOperationStatusErrors, ThrowOnError>({ url: '/status/{token}', ...options });

/**
 * List operations, newest first
 */
export const listOperations = <ThrowOnError extends boolean = false>(options?: Options<ListOperationsData, ThrowOnError>): RequestResult<ListOperationsResponses, ListOperationsErrors, ThrowOnError> => (options?.client ?? client).get<ListOperationsResponses, ListOperationsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations',
    ...options
});

/**
 * One operation: steps, progress, time remaining
 */
export const getOperation = <ThrowOnError extends boolean = false>(options: Options<GetOperationData, ThrowOnError>): RequestResult<GetOperationResponses, GetOperationErrors, ThrowOnError> => (options.client ?? client).get<GetOperationResponses, GetOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}',
    ...options
});

/**
 * Ask an operation to stop and take back what it did
 */
export const cancelOperation = <ThrowOnError extends boolean = false>(options: Options<CancelOperationData, ThrowOnError>): RequestResult<CancelOperationResponses, CancelOperationErrors, ThrowOnError> => (options.client ?? client).post<CancelOperationResponses, CancelOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/cancel',
    ...options
});

/**
 * Ask again for what failed or was cancelled
 */
export const retryOperation = <ThrowOnError extends boolean = false>(options: Options<RetryOperationData, ThrowOnError>): RequestResult<RetryOperationResponses, RetryOperationErrors, ThrowOnError> => (options.client ?? client).post<RetryOperationResponses, RetryOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/retry',
    ...options
});

/**
 * Agree to what another operator asked for
 */
export const approveOperation = <ThrowOnError extends boolean = false>(options: Options<ApproveOperationData, ThrowOnError>): RequestResult<ApproveOperationResponses, ApproveOperationErrors, ThrowOnError> => (options.client ?? client).post<ApproveOperationResponses, ApproveOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/approve',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Refuse what another operator asked for, with a reason
 */
export const rejectOperation = <ThrowOnError extends boolean = false>(options: Options<RejectOperationData, ThrowOnError>): RequestResult<RejectOperationResponses, RejectOperationErrors, ThrowOnError> => (options.client ?? client).post<RejectOperationResponses, RejectOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/reject',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * What an operation would do to a stack: the plan that an approval names
 */
export const getChangePlan = <ThrowOnError extends boolean = false>(options: Options<GetChangePlanData, ThrowOnError>): RequestResult<GetChangePlanResponses, GetChangePlanErrors, ThrowOnError> => (options.client ?? client).get<GetChangePlanResponses, GetChangePlanErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/plan',
    ...options
});

/**
 * Plan an operation that waits again, from what there is now
 */
export const planChange = <ThrowOnError extends boolean = false>(options: Options<PlanChangeData, ThrowOnError>): RequestResult<PlanChangeResponses, PlanChangeErrors, ThrowOnError> => (options.client ?? client).post<PlanChangeResponses, PlanChangeErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/plan',
    ...options
});

/**
 * Follow an operation live
 */
export const watchOperation = <ThrowOnError extends boolean = false>(options: Options<WatchOperationData, ThrowOnError, WatchOperationResponse>): Promise<ServerSentEventsResult<WatchOperationResponses>> => (options.client ?? client).sse.get<WatchOperationResponses, WatchOperationErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/operations/{id}/events',
    ...options
});

/**
 * Who did what, newest first
 */
export const listAuditEvents = <ThrowOnError extends boolean = false>(options?: Options<ListAuditEventsData, ThrowOnError>): RequestResult<ListAuditEventsResponses, ListAuditEventsErrors, ThrowOnError> => (options?.client ?? client).get<ListAuditEventsResponses, ListAuditEventsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/audit',
    ...options
});

/**
 * Signed statements of where the record stands, newest first
 */
export const listAuditCheckpoints = <ThrowOnError extends boolean = false>(options?: Options<ListAuditCheckpointsData, ThrowOnError>): RequestResult<ListAuditCheckpointsResponses, ListAuditCheckpointsErrors, ThrowOnError> => (options?.client ?? client).get<ListAuditCheckpointsResponses, ListAuditCheckpointsErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/audit/checkpoints',
    ...options
});

/**
 * Verify what was written since the last checkpoint and sign it now
 */
export const createAuditCheckpoint = <ThrowOnError extends boolean = false>(options?: Options<CreateAuditCheckpointData, ThrowOnError>): RequestResult<CreateAuditCheckpointResponses, CreateAuditCheckpointErrors, ThrowOnError> => (options?.client ?? client).post<CreateAuditCheckpointResponses, CreateAuditCheckpointErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/audit/checkpoints',
    ...options
});

/**
 * Erase personal values from the record; the proof stays whole
 */
export const eraseAuditPersonal = <ThrowOnError extends boolean = false>(options: Options<EraseAuditPersonalData, ThrowOnError>): RequestResult<EraseAuditPersonalResponses, EraseAuditPersonalErrors, ThrowOnError> => (options.client ?? client).post<EraseAuditPersonalResponses, EraseAuditPersonalErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/audit/erasures',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * The record as a file that can be verified without the plane
 */
export const exportAudit = <ThrowOnError extends boolean = false>(options?: Options<ExportAuditData, ThrowOnError>): RequestResult<ExportAuditResponses, ExportAuditErrors, ThrowOnError> => (options?.client ?? client).get<ExportAuditResponses, ExportAuditErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/audit/export',
    ...options
});

/**
 * Public keys with which checkpoints and evidence are signed, oldest first
 */
export const listSigningKeys = <ThrowOnError extends boolean = false>(options?: Options<ListSigningKeysData, ThrowOnError>): RequestResult<ListSigningKeysResponses, ListSigningKeysErrors, ThrowOnError> => (options?.client ?? client).get<ListSigningKeysResponses, ListSigningKeysErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/signing-keys',
    ...options
});

/**
 * Replace the current signing key of a purpose; the old one signs its successor and is forgotten
 */
export const rotateSigningKey = <ThrowOnError extends boolean = false>(options: Options<RotateSigningKeyData, ThrowOnError>): RequestResult<RotateSigningKeyResponses, RotateSigningKeyErrors, ThrowOnError> => (options.client ?? client).post<RotateSigningKeyResponses, RotateSigningKeyErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/signing-keys',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});

/**
 * Signed records of what was measured, newest first
 */
export const listEvidence = <ThrowOnError extends boolean = false>(options?: Options<ListEvidenceData, ThrowOnError>): RequestResult<ListEvidenceResponses, ListEvidenceErrors, ThrowOnError> => (options?.client ?? client).get<ListEvidenceResponses, ListEvidenceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/evidence',
    ...options
});

/**
 * One record as it was signed, verified anew
 */
export const getEvidence = <ThrowOnError extends boolean = false>(options: Options<GetEvidenceData, ThrowOnError>): RequestResult<GetEvidenceResponses, GetEvidenceErrors, ThrowOnError> => (options.client ?? client).get<GetEvidenceResponses, GetEvidenceErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/evidence/{id}',
    ...options
});

/**
 * Measure the isolation of a unit: every check, with its controls, as its tenants would try
 */
export const attestUnit = <ThrowOnError extends boolean = false>(options: Options<AttestUnitData, ThrowOnError>): RequestResult<AttestUnitResponses, AttestUnitErrors, ThrowOnError> => (options.client ?? client).post<AttestUnitResponses, AttestUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/units/{unit}/attest',
    ...options
});

/**
 * Hold a unit in service against every clause of the contract of its product
 */
export const checkUnit = <ThrowOnError extends boolean = false>(options: Options<CheckUnitData, ThrowOnError>): RequestResult<CheckUnitResponses, CheckUnitErrors, ThrowOnError> => (options.client ?? client).post<CheckUnitResponses, CheckUnitErrors, ThrowOnError>({
    security: [{ scheme: 'bearer', type: 'http' }],
    url: '/v1/products/{product}/check',
    ...options,
    headers: {
        'Content-Type': 'application/json',
        ...options.headers
    }
});
