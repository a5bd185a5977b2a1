// @ts-nocheck
// Generated from control-plane/openapi.json by `npm run client`; do not edit.

export type ClientOptions = {
    baseUrl: `${string}://${string}` | (string & {});
};

export type Liveness = {
    status: 'alive';
};

export type Problem = {
    /**
     * URN made of the code
     */
    type: string;
    title: string;
    status: number;
    /**
     * Stable; what programs compare
     */
    code: string;
    /**
     * Whether the same request may succeed later
     */
    retryable: boolean;
    /**
     * Id of the request, also in the log and the `x-request-id` header
     */
    instance: string;
    /**
     * What was wrong here and what to do; absent from 500 up
     */
    detail?: string;
    errors?: Array<FieldFault>;
    [key: string]: unknown;
};

export type FieldFault = {
    in: 'body' | 'query' | 'path' | 'header';
    /**
     * JSON pointer (RFC 6901) to the faulty place; empty: the whole
     */
    pointer: string;
    /**
     * The rule that it breaks
     */
    rule: string;
    message: string;
};

export type Readiness = {
    status: 'ready' | 'not-ready';
    checks: Array<{
        name: string;
        ok: boolean;
        /**
         * What is wrong
         */
        message?: string;
    }>;
};

export type WhoAmI = {
    operatorId: string;
    name: string;
    role: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
    /**
     * What this credential may do: never more than the role
     */
    verbs: Array<'plans:read' | 'regions:read' | 'units:read' | 'units:deploy' | 'products:read' | 'products:register' | 'products:check' | 'units:attest' | 'units:reconcile' | 'units:backup' | 'units:rotate-key' | 'orphans:read' | 'orphans:keep' | 'evidence:read' | 'cells:read' | 'cells:create' | 'cells:retire' | 'quotes:read' | 'quotes:create' | 'quotes:withdraw' | 'tenants:read' | 'tenants:create' | 'tenants:adopt' | 'tenants:update' | 'tenants:extend-trial' | 'tenants:suspend' | 'tenants:resume' | 'tenants:export' | 'exports:read' | 'exports:open' | 'tenants:decommission' | 'tenants:hold' | 'tenants:move' | 'tenants:kubeconfig' | 'tenants:hand-off' | 'operations:read' | 'operations:cancel' | 'operations:share' | 'operations:retry' | 'operations:approve' | 'audit:read' | 'audit:export' | 'audit:checkpoint' | 'audit:erase' | 'signing-keys:read' | 'signing-keys:rotate' | 'operators:read' | 'operators:create' | 'operators:disable' | 'operators:enable' | 'operators:set-role' | 'tokens:read' | 'tokens:create' | 'tokens:revoke' | 'sessions:read' | 'sessions:revoke'>;
    /**
     * Id of the token or session
     */
    tokenId: string;
    credential: 'token' | 'session';
    /**
     * null: never
     */
    expiresAt: string | null;
};

export type AccessModel = {
    roles: Array<{
        name: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
        meaning: string;
    }>;
    verbs: Array<{
        name: 'plans:read' | 'regions:read' | 'units:read' | 'units:deploy' | 'products:read' | 'products:register' | 'products:check' | 'units:attest' | 'units:reconcile' | 'units:backup' | 'units:rotate-key' | 'orphans:read' | 'orphans:keep' | 'evidence:read' | 'cells:read' | 'cells:create' | 'cells:retire' | 'quotes:read' | 'quotes:create' | 'quotes:withdraw' | 'tenants:read' | 'tenants:create' | 'tenants:adopt' | 'tenants:update' | 'tenants:extend-trial' | 'tenants:suspend' | 'tenants:resume' | 'tenants:export' | 'exports:read' | 'exports:open' | 'tenants:decommission' | 'tenants:hold' | 'tenants:move' | 'tenants:kubeconfig' | 'tenants:hand-off' | 'operations:read' | 'operations:cancel' | 'operations:share' | 'operations:retry' | 'operations:approve' | 'audit:read' | 'audit:export' | 'audit:checkpoint' | 'audit:erase' | 'signing-keys:read' | 'signing-keys:rotate' | 'operators:read' | 'operators:create' | 'operators:disable' | 'operators:enable' | 'operators:set-role' | 'tokens:read' | 'tokens:create' | 'tokens:revoke' | 'sessions:read' | 'sessions:revoke';
        meaning: string;
        roles: Array<'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer'>;
    }>;
};

export type CreateOperator = {
    name: string;
    role: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
};

export type Operator = {
    id: string;
    name: string;
    /**
     * One of: administrator, sales-engineer, release-operator, sre, viewer
     */
    role: string;
    issuer: string | null;
    disabledAt: string | null;
    expiresAt: string | null;
    lastUsedAt: string | null;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type OperatorPage = {
    items: Array<Operator>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type SetRole = {
    role: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
};

export type CreateToken = {
    name: string;
    /**
     * Whose token: id or name; yours when left out
     */
    operator?: string;
    role?: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
    /**
     * Only these
     */
    verbs?: Array<'plans:read' | 'regions:read' | 'units:read' | 'units:deploy' | 'products:read' | 'products:register' | 'products:check' | 'units:attest' | 'units:reconcile' | 'units:backup' | 'units:rotate-key' | 'orphans:read' | 'orphans:keep' | 'evidence:read' | 'cells:read' | 'cells:create' | 'cells:retire' | 'quotes:read' | 'quotes:create' | 'quotes:withdraw' | 'tenants:read' | 'tenants:create' | 'tenants:adopt' | 'tenants:update' | 'tenants:extend-trial' | 'tenants:suspend' | 'tenants:resume' | 'tenants:export' | 'exports:read' | 'exports:open' | 'tenants:decommission' | 'tenants:hold' | 'tenants:move' | 'tenants:kubeconfig' | 'tenants:hand-off' | 'operations:read' | 'operations:cancel' | 'operations:share' | 'operations:retry' | 'operations:approve' | 'audit:read' | 'audit:export' | 'audit:checkpoint' | 'audit:erase' | 'signing-keys:read' | 'signing-keys:rotate' | 'operators:read' | 'operators:create' | 'operators:disable' | 'operators:enable' | 'operators:set-role' | 'tokens:read' | 'tokens:create' | 'tokens:revoke' | 'sessions:read' | 'sessions:revoke'>;
    /**
     * Within a year; in 90 days when left out
     */
    expiresAt?: string;
};

export type TokenCreated = {
    token: Token;
    /**
     * The token itself: shown this once, stored nowhere
     */
    secret: string;
};

export type Token = {
    id: string;
    operatorId: string;
    /**
     * Name of the operator
     */
    operator: string;
    name: string | null;
    role: string | null;
    verbs: Array<string> | null;
    state: 'live' | 'expired' | 'revoked';
    createdBy: string | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    expiresAt: string | null;
    revokedAt: string | null;
    lastUsedAt: string | null;
};

export type TokenPage = {
    items: Array<Token>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type SessionPage = {
    items: Array<Session>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Session = {
    id: string;
    operatorId: string;
    /**
     * Name of the operator
     */
    operator: string;
    client: 'browser' | 'cli';
    /**
     * How the person proved itself (RFC 8176), as the provider told
     */
    amr: Array<string>;
    state: 'live' | 'ended';
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    /**
     * Ends then, unless it is used
     */
    idleUntil: string;
    /**
     * To the minute
     */
    lastUsedAt: string;
    endedAt: string | null;
    endedBy: 'sign-out' | 'revoked' | 'expired' | null;
};

export type DeviceSignIn = {
    /**
     * Of this sign-in: keep it to yourself
     */
    secret: string;
    /**
     * What the person types in there
     */
    userCode: string;
    /**
     * Where the person goes with a browser
     */
    verificationUri: string;
    /**
     * The same with the code in it
     */
    verificationUriComplete: string | null;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    /**
     * Ask again after so many seconds
     */
    intervalSeconds: number;
};

export type AskDevice = {
    /**
     * Of this sign-in: keep it to yourself
     */
    secret: string;
};

export type SignedIn = {
    state: 'signed-in';
    /**
     * The session, sent like a token; told this once
     */
    token: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
};

export type SignInPending = {
    state: 'pending';
    /**
     * Ask again after so many seconds
     */
    intervalSeconds: number;
};

export type PlanPage = {
    items: Array<Plan>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Plan = {
    name: string;
    title: string;
    isolation: 'shared' | 'private' | 'dedicated';
    /**
     * The product that it sells; null: whichever a tenant is created with
     */
    product: string | null;
    /**
     * Regions in which it can be placed
     */
    regions: Array<string>;
    limits: {
        /**
         * Sustained requests per second
         */
        requestsPerSecond: number;
        /**
         * Requests at once above the sustained rate
         */
        burst: number;
        /**
         * Longest time of one SQL statement, milliseconds
         */
        statementTimeoutMs: number;
    };
    /**
     * What a private tenant has to itself; null: all that the region can enforce
     */
    facets: Array<'namespace' | 'database' | 'network'> | null;
    /**
     * What a private instance may use; null for shared
     */
    compute: Compute | null;
    objectives: {
        rtoSeconds: number;
        rpoSeconds: number;
    };
    price: {
        /**
         * Per month, in minor units
         */
        minor: number;
        /**
         * Once, at the start, in minor units
         */
        setupMinor: number;
        /**
         * ISO 4217
         */
        currency: string;
    };
    /**
     * Days after which a new tenant of it is suspended unless it goes to another plan; null: no trial
     */
    trialDays: number | null;
    /**
     * Release ring
     */
    ring: string;
    approvals: {
        /**
         * Who must agree before a tenant of it is removed
         */
        decommission: 'second-operator' | 'none';
        /**
         * Who must agree before a dedicated stack is built, resized or brought to another version; none, or left out: it starts once it is planned
         */
        change?: 'second-operator' | 'none';
    };
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type Compute = {
    /**
     * Sum of the pods' CPU limits, in thousandths of a core
     */
    cpuMillis: number;
    /**
     * Sum of the pods' memory limits
     */
    memoryMib: number;
    /**
     * Sum of the pods' limits on local scratch space
     */
    ephemeralMib: number;
    /**
     * Volumes asked for, together
     */
    storageMib: number;
    /**
     * Pods at once, also while a deployment rolls
     */
    pods: number;
    /**
     * ConfigMaps, and as many Secrets
     */
    objects: number;
    /**
     * Connections at the database cluster
     */
    connections: number;
};

export type ProductPage = {
    items: Array<Product>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Product = {
    /**
     * Name for ever
     */
    name: string;
    title: string;
    /**
     * Folder of its chart in one of the configured chart folders
     */
    chart: string;
    /**
     * Repository of its image; the tag is the version
     */
    image: string;
    /**
     * Version of the product contract that it keeps
     */
    contract: string;
    /**
     * In the order in which they were registered
     */
    versions: Array<ProductVersion>;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type ProductVersion = {
    /**
     * Tag of the image
     */
    version: string;
    /**
     * How far its expand migrations bring a database: a number that rises with every version that changes it
     */
    schema: number;
    /**
     * Lowest schema whose code still runs on a database that this version has expanded; its own when left out
     */
    rollbackTo: number;
    /**
     * What new cells get when they name no version
     */
    default: boolean;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type RegisterProduct = {
    /**
     * Name for ever
     */
    name: string;
    /**
     * What people call it; its name when left out
     */
    title?: string;
    /**
     * Folder of its chart in one of the configured chart folders; its name when left out
     */
    chart?: string;
    /**
     * Repository of its image, the tag is the version; its name when left out
     */
    image?: string;
    /**
     * Version of the product contract that it keeps
     */
    contract?: string;
};

export type AddVersion = {
    /**
     * Tag of the image
     */
    version: string;
    /**
     * How far its expand migrations bring a database: a number that rises with every version that changes it
     */
    schema: number;
    /**
     * Lowest schema whose code still runs on a database that this version has expanded; its own when left out
     */
    rollbackTo?: number;
    /**
     * New cells get it when they name no version; the first one is it anyway
     */
    default?: boolean;
};

export type RegionPage = {
    items: Array<Region>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Region = {
    name: string;
    target: 'local';
    /**
     * Tenants answer at <slug>.<domain>
     */
    domain: string;
    gatewayUrl: string;
    /**
     * Where customers connect
     */
    edgeUrl: string;
    prometheusUrl: string;
    /**
     * What of a private tenant it can really keep apart
     */
    facets: Array<'namespace' | 'database' | 'network'>;
    /**
     * How many private instances fit
     */
    instances: number;
    /**
     * How many dedicated stacks fit
     */
    stacks: number;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
};

export type CreateCell = {
    /**
     * Name for ever: namespace, database and roles are derived from it, so it is never used twice
     */
    name: string;
    /**
     * May be left out while there is only one region
     */
    region?: string;
    /**
     * A registered product
     */
    product?: string;
    /**
     * A registered version of it; its default one when left out
     */
    version?: string;
    capacity?: {
        /**
         * How many tenants
         */
        tenants?: number;
        /**
         * Sum of the sustained request rates promised to tenants, per second
         */
        requestsPerSecond?: number;
    };
    /**
     * Who must agree before the cell is retired
     */
    retireApproval?: 'second-operator' | 'none';
};

export type CellAccepted = {
    operationId: string;
    /**
     * `waiting`: for the approval of another operator
     */
    state: 'waiting' | 'queued' | 'running';
    merged: boolean;
    cell: Cell;
};

export type Cell = {
    id: string;
    kind: 'cell';
    name: string;
    region: string;
    product: string;
    version: string;
    state: 'creating' | 'active' | 'suspended' | 'retiring' | 'retired' | 'failed';
    capacity: Capacity;
    /**
     * Who must agree before the cell is retired
     */
    retireApproval: 'second-operator' | 'none';
    used: Capacity;
    free: Capacity;
    conditions: Array<Condition>;
    /**
     * Operations on the cell itself that have not ended, oldest first
     */
    operations: Array<OpenOperation>;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
};

export type Capacity = {
    /**
     * How many tenants
     */
    tenants: number;
    /**
     * Sum of the sustained request rates promised to tenants, per second
     */
    requestsPerSecond: number;
};

export type Condition = {
    /**
     * What is observed, for example `Ready` or `Serving`
     */
    type: string;
    status: 'true' | 'false' | 'unknown';
    /**
     * Stable word for programs
     */
    reason: string;
    /**
     * Sentence for people
     */
    message: string;
    /**
     * Generation of the intent that was observed
     */
    observedGeneration: number;
    /**
     * RFC 3339, UTC
     */
    changedAt: string;
};

export type OpenOperation = {
    id: string;
    kind: 'cell.create' | 'cell.retire' | 'tenant.provision' | 'tenant.adopt' | 'tenant.update' | 'tenant.suspend' | 'tenant.resume' | 'tenant.export' | 'tenant.decommission' | 'tenant.move' | 'tenant.move-retire' | 'tenant.move-abort' | 'unit.deploy' | 'unit.attest' | 'unit.check' | 'unit.reconcile' | 'unit.backup' | 'unit.rotate-key';
    state: 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
};

export type CellPage = {
    items: Array<Cell>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type UnitPage = {
    items: Array<Unit>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Unit = {
    id: string;
    kind: 'cell' | 'instance' | 'stack';
    name: string;
    region: string;
    product: string;
    /**
     * The version wanted; while a deployment runs, the one it goes to
     */
    version: string;
    /**
     * The version that every pod was last seen to serve; null until the unit was made
     */
    confirmedVersion: string | null;
    state: 'creating' | 'active' | 'suspended' | 'retiring' | 'retired' | 'failed';
    /**
     * What an instance has to itself; empty for a cell
     */
    facets: Array<'namespace' | 'database' | 'network'>;
    /**
     * Whose own it is; null for a cell
     */
    tenant: {
        id: string;
        slug: string;
    } | null;
    /**
     * Null for an instance: it takes nobody else
     */
    capacity: Capacity | null;
    used: Capacity;
    conditions: Array<Condition>;
    /**
     * Operations on the unit itself that have not ended, oldest first; of an instance those on its tenant, too
     */
    operations: Array<OpenOperation>;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
};

export type DeployUnit = {
    /**
     * A registered version of its product; an older one where its code still runs on the database
     */
    version: string;
};

export type UnitAccepted = {
    operationId: string;
    /**
     * `waiting`: for the approval of another operator
     */
    state: 'waiting' | 'queued' | 'running';
    merged: boolean;
    unit: Unit;
};

export type Drift = {
    unit: string;
    /**
     * When it was compared with the cluster last; null: not yet
     */
    observedAt: string | null;
    /**
     * Null: not compared yet
     */
    inSync: boolean | null;
    differences: Array<Difference>;
    /**
     * The latest repair; null: there was none
     */
    repair: {
        operationId: string;
        /**
         * What differed when it began; empty: there was nothing to do
         */
        found: Array<Difference>;
        /**
         * What differed when it ended: what nobody of us made, and what could not be repaired; null: it has not looked again
         */
        remaining: Array<Difference> | null;
        /**
         * RFC 3339, UTC
         */
        begunAt: string;
        /**
         * Null: it has not looked again
         */
        endedAt: string | null;
    } | null;
    /**
     * Why the latest comparison came to nothing; what is shown is then older
     */
    fault: string | null;
    /**
     * What a stack is made of is looked at in turns of its own; null: not yet, or no stack
     */
    stack: {
        /**
         * When its cluster, databases, key and store were looked at last
         */
        observedAt: string | null;
        /**
         * Why the latest look came to nothing
         */
        fault: string | null;
    } | null;
};

export type Difference = {
    /**
     * `unknown` carries the unit’s labels and was not made by the plane: reported, never deleted
     */
    what: 'missing' | 'changed' | 'unknown';
    /**
     * Kind, namespace and name; of the database cluster the kind and its name there
     */
    object: string;
    /**
     * Whose object it is; null: shared by all tenants of the unit
     */
    tenantId: string | null;
    /**
     * Where in the object; null: the whole
     */
    path: string | null;
    /**
     * JSON; null: nothing, or the whole. Secrets are redacted
     */
    wanted: string | null;
    /**
     * JSON; null: nothing, or the whole. Secrets are redacted
     */
    found: string | null;
    /**
     * Of what a dedicated stack is made of: whether it holds what cannot be made anew, so that a person restores it
     */
    protected?: boolean;
};

export type Accepted = {
    operationId: string;
    /**
     * `waiting`: for the approval of another operator
     */
    state: 'waiting' | 'queued' | 'running';
    merged: boolean;
};

export type BackupPage = {
    items: Array<Backup>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Backup = {
    id: string;
    /**
     * Name of the stack
     */
    unit: string;
    tenantId: string;
    operationId: string;
    /**
     * Where the stack’s own store is
     */
    region: string;
    /**
     * `verified`: read back, opened and restored beside the database, with the rows that it should have
     */
    state: 'taking' | 'taken' | 'verified' | 'removed';
    /**
     * RFC 3339, UTC
     */
    takenAt: string;
    /**
     * Null: nobody has seen yet that it restores
     */
    verifiedAt: string | null;
    /**
     * Of the sealed file; null: it is not there whole yet
     */
    bytes: number | null;
    /**
     * Of the sealed file
     */
    sha256: string | null;
    /**
     * Place in the write-ahead log before which everything is in it
     */
    lsn: string | null;
    /**
     * How many tables are in it
     */
    tables: number | null;
    /**
     * How many rows they have
     */
    rows: number | null;
    product: string;
    /**
     * Of the product, when it was taken
     */
    version: string;
    /**
     * What the database had been through
     */
    schema: number;
    /**
     * Name of the store where stacks are built
     */
    store: string;
    /**
     * Its key there
     */
    object: string;
    /**
     * Name of the stack’s own key, which alone opens it
     */
    key: string;
    /**
     * Generation of that key
     */
    keyGeneration: number;
    /**
     * Null: it is kept
     */
    removedAt: string | null;
    /**
     * `failed`: its operation came to nothing; `stack-gone`: destroyed with the stack, its store and its key
     */
    removedBecause: 'failed' | 'retention' | 'stack-gone' | null;
};

export type OrphanPage = {
    items: Array<Orphan>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Orphan = {
    id: string;
    region: string;
    /**
     * Which part of the region it was found in
     */
    place: 'cluster' | 'databases' | 'edge' | 'resources' | 'exports';
    kind: string;
    name: string;
    /**
     * Namespace, server, edge or store
     */
    where: string;
    /**
     * Whom it was probably of
     */
    owner: string;
    /**
     * `suspected`: seen, and not long enough yet; `reported`: a person has to decide; `kept`: known, and meant to stay; `gone`
     */
    state: 'suspected' | 'reported' | 'kept' | 'gone';
    /**
     * RFC 3339, UTC
     */
    firstSeenAt: string;
    /**
     * RFC 3339, UTC
     */
    lastSeenAt: string;
    /**
     * When it had been there for long enough
     */
    reportedAt: string | null;
    /**
     * When somebody said that it stays
     */
    keptAt: string | null;
    /**
     * Who said so
     */
    keptBy: string | null;
    /**
     * Why
     */
    keptReason: string | null;
    /**
     * When a sweep did not find it any more
     */
    goneAt: string | null;
};

export type KeepOrphan = {
    /**
     * Why it stays; it is in the record for ever
     */
    reason: string;
};

export type CreateQuote = {
    /**
     * What the tenant would be called; nothing is reserved
     */
    slug: string;
    /**
     * A plan of the catalogue
     */
    plan: string;
    /**
     * The first region of the plan when left out
     */
    region?: string;
    /**
     * A registered product; that of the plan when left out
     */
    product?: string;
    limits?: {
        /**
         * At most 5 times what the plan grants
         */
        requestsPerSecond?: number;
        /**
         * At most 5 times what the plan grants
         */
        burst?: number;
        /**
         * At most 4 times what the plan grants
         */
        statementTimeoutMs?: number;
    };
};

export type Quote = {
    id: string;
    slug: string;
    plan: string;
    isolation: 'shared' | 'private' | 'dedicated';
    region: string;
    product: string;
    facets: Array<'namespace' | 'database' | 'network'>;
    limits: {
        requestsPerSecond: number;
        burst: number;
        statementTimeoutMs: number;
    };
    overrides: {
        /**
         * At most 5 times what the plan grants
         */
        requestsPerSecond?: number;
        /**
         * At most 5 times what the plan grants
         */
        burst?: number;
        /**
         * At most 4 times what the plan grants
         */
        statementTimeoutMs?: number;
    };
    /**
     * Holds for who accepts, whatever the catalogue says by then and later
     */
    price: {
        /**
         * Per month, in minor units
         */
        minor: number;
        /**
         * Once, at the start, in minor units
         */
        setupMinor: number;
        /**
         * ISO 4217
         */
        currency: string;
    };
    trialDays: number | null;
    /**
     * Whether there was room for it when the quote was made; nothing is reserved
     */
    capacity: {
        verdict: 'room' | 'full';
        reason: string;
    };
    /**
     * Whether the region is one of the plan
     */
    residency: {
        verdict: 'inside' | 'outside';
        reason: string;
    };
    /**
     * How long it takes by what ended before in this plane; null: no history yet
     */
    estimate: {
        p50Ms: number;
        p95Ms: number;
    } | null;
    state: 'open' | 'accepted' | 'expired' | 'withdrawn';
    /**
     * The tenant that came of it
     */
    tenantId: string | null;
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    /**
     * When it was accepted or withdrawn
     */
    decidedAt: string | null;
};

export type QuotePage = {
    items: Array<Quote>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type CreateTenant = {
    /**
     * First label of its host name; never used twice
     */
    slug: string;
    /**
     * For people; the slug when left out
     */
    name?: string;
    /**
     * Needed unless a quote names it
     */
    plan?: string;
    /**
     * The quote that is accepted with this: what it offers holds, and may be left out here
     */
    quote?: string;
    /**
     * That of the quote, else the first of the plan, when left out
     */
    region?: string;
    /**
     * A registered product; that of quote or plan when left out, else ledger
     */
    product?: string;
    limits?: LimitOverrides;
    externalId?: string;
    contact?: string;
    notes?: string;
};

export type LimitOverrides = {
    /**
     * At most 5 times what the plan grants
     */
    requestsPerSecond?: number;
    /**
     * At most 5 times what the plan grants
     */
    burst?: number;
    /**
     * At most 4 times what the plan grants
     */
    statementTimeoutMs?: number;
};

export type TenantPreview = {
    dryRun: true;
    tenant: {
        slug: string;
        name: string;
        plan: string;
        isolation: 'shared' | 'private' | 'dedicated';
        /**
         * What it is served
         */
        product: string;
        region: string;
        /**
         * Regions its data may touch
         */
        residency: Array<string>;
        host: string;
        /**
         * Where its users go
         */
        url: string;
        limits: TenantLimits;
        overrides: LimitOverrides;
        /**
         * What a private tenant has to itself; empty for a shared one
         */
        facets: Array<'namespace' | 'database' | 'network'>;
        /**
         * Per month and once, in minor units: as it was quoted, else as the catalogue says
         */
        price: {
            minor: number;
            setupMinor: number;
            currency: string;
        };
        /**
         * The quote that it came of
         */
        quoteId: string | null;
        unit: {
            /**
             * Null: an instance that is still to be made
             */
            id: string | null;
            kind: 'cell' | 'instance' | 'stack';
            name: string;
        };
    };
    steps: Array<{
        step: string;
        title: string;
    }>;
    /**
     * How long it will take, by the runs so far; null while there are too few
     */
    estimate: {
        p50Ms: number;
        p95Ms: number;
    } | null;
};

export type TenantLimits = {
    /**
     * Sustained
     */
    requestsPerSecond: number;
    /**
     * Requests at once above the sustained rate
     */
    burst: number;
    /**
     * Longest time of one SQL statement
     */
    statementTimeoutMs: number;
};

export type TenantAccepted = {
    operationId: string;
    /**
     * `waiting`: for the approval of another operator
     */
    state: 'waiting' | 'queued' | 'running';
    merged: boolean;
    tenant: Tenant;
};

export type Tenant = {
    id: string;
    slug: string;
    name: string;
    plan: string;
    isolation: 'shared' | 'private' | 'dedicated';
    /**
     * What it is served
     */
    product: string;
    region: string;
    /**
     * Regions its data may touch
     */
    residency: Array<string>;
    host: string;
    /**
     * Where its users go
     */
    url: string;
    limits: TenantLimits;
    overrides: LimitOverrides;
    /**
     * What a private tenant has to itself; empty for a shared one
     */
    facets: Array<'namespace' | 'database' | 'network'>;
    /**
     * Per month and once, in minor units: as it was quoted, else as the catalogue says
     */
    price: {
        minor: number;
        setupMinor: number;
        currency: string;
    };
    /**
     * The quote that it came of
     */
    quoteId: string | null;
    unit: Placement;
    state: 'provisioning' | 'active' | 'suspending' | 'suspended' | 'resuming' | 'decommissioning' | 'decommissioned' | 'failed';
    /**
     * When the plane suspends it unless it goes to another plan; null: it is on no trial
     */
    trialEndsAt: string | null;
    externalId: string | null;
    contact: string | null;
    notes: string | null;
    conditions: Array<Condition>;
    /**
     * Operations that have not ended, oldest first
     */
    operations: Array<OpenOperation>;
    readyAt: string | null;
    generation: number;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    updatedAt: string;
};

export type Placement = {
    id: string;
    kind: 'cell' | 'instance' | 'stack';
    name: string;
};

export type TenantPage = {
    items: Array<Tenant>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

/**
 * JSON merge patch (RFC 7396): what is left out stays, null clears
 */
export type UpdateTenant = {
    name?: string;
    plan?: string;
    /**
     * null takes all overrides back, null for one of them that one
     */
    limits?: {
        requestsPerSecond?: number | null;
        burst?: number | null;
        statementTimeoutMs?: number | null;
    } | null;
    externalId?: string | null;
    contact?: string | null;
    notes?: string | null;
};

export type ExtendTrial = {
    /**
     * After the end it had, or after now when that is past
     */
    days: number;
};

export type PlaceHold = {
    /**
     * Names the matter, not persons: it stays in the record for ever
     */
    reason: string;
    /**
     * It ends by itself then; left out: only when it is released
     */
    until?: string;
};

export type HoldPlaced = {
    hold: {
        id: string;
        tenantId: string;
        state: 'in-force' | 'released' | 'expired';
        reason: string;
        /**
         * When it ends by itself
         */
        until: string | null;
        placedBy: string;
        /**
         * RFC 3339, UTC
         */
        placedAt: string;
        /**
         * Who released it
         */
        releasedBy: string | null;
        /**
         * When it was released
         */
        releasedAt: string | null;
        /**
         * Why it was released
         */
        releaseReason: string | null;
    };
    /**
     * The removal that was under way and turns back; null: none was
     */
    stopped: string | null;
};

export type HoldPage = {
    items: Array<Hold>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Hold = {
    id: string;
    tenantId: string;
    state: 'in-force' | 'released' | 'expired';
    reason: string;
    /**
     * When it ends by itself
     */
    until: string | null;
    placedBy: string;
    /**
     * RFC 3339, UTC
     */
    placedAt: string;
    /**
     * Who released it
     */
    releasedBy: string | null;
    /**
     * When it was released
     */
    releasedAt: string | null;
    /**
     * Why it was released
     */
    releaseReason: string | null;
};

export type ReleaseHold = {
    /**
     * Names the matter, not persons: it stays in the record for ever
     */
    reason: string;
};

export type ExportPage = {
    items: Array<Export>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Export = {
    id: string;
    tenantId: string;
    slug: string;
    operationId: string;
    /**
     * Kind of the operation that made it: `tenant.export` or `tenant.decommission`
     */
    kind: string;
    /**
     * In whose store it is
     */
    region: string;
    /**
     * `held`: a legal hold keeps it beyond its time
     */
    state: 'kept' | 'held' | 'deleted';
    /**
     * Of the sealed file
     */
    bytes: number;
    /**
     * Of the sealed file
     */
    sha256: string;
    /**
     * What is inside
     */
    sections: Array<{
        /**
         * `configuration`, `audit`, `sequences` or `table <name>`
         */
        name: string;
        lines: number;
        sha256: string;
    }>;
    /**
     * Whose key seals its key: `tenant`, the one of its own stack, which alone opens it; `plane`, also once that is gone
     */
    opensWith: 'tenant' | 'plane';
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    keepUntil: string;
    deletedAt: string | null;
};

export type ExportKey = {
    /**
     * 256 bits in base64url that open this one file; keep it as you keep the data
     */
    key: string;
};

export type AdoptTenant = {
    /**
     * First label of its host name; never used twice
     */
    slug: string;
    /**
     * For people; the slug when left out
     */
    name?: string;
    /**
     * That of the quote, else the first of the plan, when left out
     */
    region?: string;
    /**
     * A registered product; that of quote or plan when left out, else ledger
     */
    product?: string;
    limits?: LimitOverrides;
    externalId?: string;
    contact?: string;
    notes?: string;
    /**
     * The tenant_id that the rows carry; a new one when left out
     */
    id?: string;
    /**
     * A private plan
     */
    plan: string;
    /**
     * In the cluster of the region; it keeps its name
     */
    namespace: string;
    /**
     * On the product database cluster of the region; it keeps its name
     */
    database: string;
};

export type MoveTenant = {
    /**
     * A plan of another isolation than the tenant has
     */
    plan: string;
    /**
     * As in a change of the tenant: null takes an override back
     */
    limits?: {
        requestsPerSecond?: number | null;
        burst?: number | null;
        statementTimeoutMs?: number | null;
    };
    /**
     * How long it can still go back after the switch, before the old place is removed
     */
    soakMinutes?: number;
};

export type MovePage = {
    items: Array<Move>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Move = {
    id: string;
    tenantId: string;
    /**
     * Its slug
     */
    tenant: string;
    /**
     * `soaking`: served at the new place, and can still go back; `stuck`: neither there nor taken back, abort it; `retiring`: nothing leads back
     */
    state: 'moving' | 'stuck' | 'soaking' | 'retiring' | 'retired' | 'aborting' | 'aborted';
    source: MovePlace;
    target: MovePlace;
    /**
     * The unit that serves the tenant now
     */
    servedBy: string;
    /**
     * Limits changed since the switch that an abort gives up, because the old plan or the old place cannot grant them; all others stay as they were sold
     */
    notKept: Array<'requestsPerSecond' | 'burst' | 'statementTimeoutMs'>;
    /**
     * How long the way back stays open after the switch
     */
    soakMinutes: number;
    /**
     * RFC 3339, UTC
     */
    begunAt: string;
    switchedAt: string | null;
    /**
     * When the plane retires it by itself
     */
    soaksUntil: string | null;
    endedAt: string | null;
    /**
     * Null: not measured yet
     */
    report: {
        tables: number | null;
        copyMs: number | null;
        lagBytes: number | null;
        freezeMs: number | null;
        rowsCompared: number | null;
        rowsVerified: number | null;
        rowsErased: number | null;
    };
    /**
     * Steps that succeeded, of all operations of this move, in order
     */
    steps: Array<{
        operationId: string;
        kind: string;
        step: string;
        durationMs: number;
    }>;
};

export type MovePlace = {
    unit: {
        id: string;
        kind: 'cell' | 'instance' | 'stack';
        name: string;
    };
    /**
     * What the tenant has there
     */
    plan: string;
};

export type Certificate = {
    format: 'steward-certificate/1';
    /**
     * The canonical JSON text that is signed: what was destroyed, how it was looked for, what stays
     */
    record: string;
    keyId: string;
    /**
     * Ed25519 over the UTF-8 bytes of `record`, in base64url
     */
    signature: string;
    /**
     * Public keys that sign evidence, each with the one that vouches for it
     */
    keys: Array<{
        id: string;
        purpose: string;
        publicKey: string;
        endorsedBy: string | null;
        endorsement: string | null;
        /**
         * RFC 3339, UTC
         */
        createdAt: string;
        retiredAt: string | null;
    }>;
};

export type CreateKubeconfig = {
    /**
     * What it may do in the namespace, and nowhere else
     */
    role: 'tenant-admin' | 'tenant-viewer';
    /**
     * It ends by itself; an installation may allow less than a day
     */
    expiresInSeconds?: number;
};

export type TenantKubeconfig = {
    tenantId: string;
    /**
     * Its slug
     */
    tenant: string;
    /**
     * What it may do in the namespace, and nowhere else
     */
    role: 'tenant-admin' | 'tenant-viewer';
    namespace: string;
    /**
     * Where the tenant reaches the API server
     */
    server: string;
    /**
     * When the token in it ends
     */
    expiresAt: string;
    /**
     * YAML with a token in it: shown this once, stored nowhere
     */
    kubeconfig: string;
};

export type CreateHandOff = {
    /**
     * What the first credentials of a private tenant may do in its namespace
     */
    role?: 'tenant-admin' | 'tenant-viewer';
    /**
     * Link and credentials end together
     */
    expiresInSeconds?: number;
};

export type HandOff = {
    id: string | null;
    tenantId: string;
    /**
     * Its slug
     */
    tenant: string;
    /**
     * Where its users go
     */
    url: string;
    /**
     * What the link opens; none: a shared tenant has nothing of its own that could be handed over
     */
    credentials: 'kubeconfig' | 'none';
    /**
     * Shows the credentials once, to whoever opens it first; told this once, kept nowhere
     */
    link: string | null;
    expiresAt: string | null;
};

export type HandedOver = {
    customer: string;
    url: string;
    /**
     * YAML with a token in it
     */
    kubeconfig: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
};

export type ShareOperation = {
    /**
     * An hour to thirty days
     */
    expiresInSeconds?: number;
};

export type ShareCreated = {
    id: string;
    operationId: string;
    state: 'live' | 'expired' | 'revoked';
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    revokedAt: string | null;
    /**
     * Shows this one operation to whoever has it; told this once, kept nowhere
     */
    url: string;
};

export type SharePage = {
    items: Array<Share>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Share = {
    id: string;
    operationId: string;
    state: 'live' | 'expired' | 'revoked';
    createdBy: string;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * RFC 3339, UTC
     */
    expiresAt: string;
    revokedAt: string | null;
};

export type OperationStatus = {
    /**
     * What is done, in plain words
     */
    title: string;
    /**
     * Name of the customer that it is done for
     */
    customer: string;
    state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
    progress: {
        done: number;
        total: number;
    };
    /**
     * By what took place before, while it runs; null: not known
     */
    timeRemaining: {
        p50Ms: number;
        p95Ms: number;
    } | null;
    steps: Array<{
        title: string;
        state: 'pending' | 'running' | 'done' | 'failed';
        startedAt: string | null;
        finishedAt: string | null;
    }>;
    /**
     * RFC 3339, UTC
     */
    askedAt: string;
    finishedAt: string | null;
};

export type OperationPage = {
    items: Array<Operation>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type Operation = {
    id: string;
    kind: 'cell.create' | 'cell.retire' | 'tenant.provision' | 'tenant.adopt' | 'tenant.update' | 'tenant.suspend' | 'tenant.resume' | 'tenant.export' | 'tenant.decommission' | 'tenant.move' | 'tenant.move-retire' | 'tenant.move-abort' | 'unit.deploy' | 'unit.attest' | 'unit.check' | 'unit.reconcile' | 'unit.backup' | 'unit.rotate-key';
    state: 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
    /**
     * What it is about: the slug of its tenant, or the name of its unit
     */
    subject: string;
    tenantId: string | null;
    unitId: string;
    region: string;
    /**
     * Steps done, of all that the kind has
     */
    progress: {
        done: number;
        total: number;
    };
    /**
     * While queued: the operation that it queued behind
     */
    behind: string | null;
    /**
     * The operation that this one repeats
     */
    retryOf: string | null;
    /**
     * The operator who asked for it
     */
    requestedBy: string | null;
    /**
     * Null: it needs nobody’s approval
     */
    approval: {
        /**
         * Without a decision by then it is cancelled
         */
        expiresAt: string;
        /**
         * Null: it waits for an operator other than the one who asked, who may operations:approve
         */
        decision: 'approved' | 'rejected' | 'expired' | null;
        /**
         * The operator who decided; null: nobody, or time
         */
        decidedBy: string | null;
        decidedAt: string | null;
        /**
         * Why it was rejected
         */
        reason: string | null;
    } | null;
    error: {
        /**
         * Stable; what programs compare
         */
        code: string;
        /**
         * What happened and what to do
         */
        message: string;
    } | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * When its turn came
     */
    admittedAt: string | null;
    cancelRequestedAt: string | null;
    finishedAt: string | null;
};

export type OperationDetail = {
    id: string;
    kind: 'cell.create' | 'cell.retire' | 'tenant.provision' | 'tenant.adopt' | 'tenant.update' | 'tenant.suspend' | 'tenant.resume' | 'tenant.export' | 'tenant.decommission' | 'tenant.move' | 'tenant.move-retire' | 'tenant.move-abort' | 'unit.deploy' | 'unit.attest' | 'unit.check' | 'unit.reconcile' | 'unit.backup' | 'unit.rotate-key';
    state: 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
    /**
     * What it is about: the slug of its tenant, or the name of its unit
     */
    subject: string;
    tenantId: string | null;
    unitId: string;
    region: string;
    /**
     * Steps done, of all that the kind has
     */
    progress: {
        done: number;
        total: number;
    };
    /**
     * While queued: the operation that it queued behind
     */
    behind: string | null;
    /**
     * The operation that this one repeats
     */
    retryOf: string | null;
    /**
     * The operator who asked for it
     */
    requestedBy: string | null;
    /**
     * Null: it needs nobody’s approval
     */
    approval: {
        /**
         * Without a decision by then it is cancelled
         */
        expiresAt: string;
        /**
         * Null: it waits for an operator other than the one who asked, who may operations:approve
         */
        decision: 'approved' | 'rejected' | 'expired' | null;
        /**
         * The operator who decided; null: nobody, or time
         */
        decidedBy: string | null;
        decidedAt: string | null;
        /**
         * Why it was rejected
         */
        reason: string | null;
    } | null;
    error: {
        /**
         * Stable; what programs compare
         */
        code: string;
        /**
         * What happened and what to do
         */
        message: string;
    } | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * When its turn came
     */
    admittedAt: string | null;
    cancelRequestedAt: string | null;
    finishedAt: string | null;
    /**
     * What was asked for
     */
    input: unknown;
    /**
     * The trace in which it was asked for and is carried out; log lines name it, too
     */
    traceId: string | null;
    /**
     * The steps of its kind in order, then what was undone or done besides
     */
    steps: Array<{
        step: string;
        title: string;
        state: 'pending' | 'running' | 'succeeded' | 'failed';
        /**
         * The attempt shown, the latest; null: not begun
         */
        attempt: number | null;
        startedAt: string | null;
        finishedAt: string | null;
        error: {
            /**
             * Stable; what programs compare
             */
            code: string;
            /**
             * What happened and what to do
             */
            message: string;
        } | null;
    }>;
    /**
     * From past successful operations of this kind, while it runs; null: not running, or too little history
     */
    timeRemaining: {
        p50Ms: number;
        p95Ms: number;
    } | null;
    /**
     * From this step on it cannot be cancelled; null: it always can
     */
    pointOfNoReturn: string | null;
    cancellable: boolean;
    /**
     * Failed or cancelled, and nothing later has overtaken it
     */
    retryable: boolean;
};

export type ApproveOperation = {
    /**
     * Hash of the change plan
     */
    plan?: string;
    /**
     * Protected resources that may be replaced or deleted
     */
    release?: Array<string>;
} | null;

export type RejectOperation = {
    /**
     * What the one who asked has to know
     */
    reason: string;
};

export type ChangePlan = {
    operationId: string;
    /**
     * Which plan of the operation it is
     */
    number: number;
    state: 'planning' | 'ready' | 'failed';
    /**
     * What an approval names; null: there is no plan yet
     */
    hash: string | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    madeAt: string | null;
    /**
     * Why it could not be made
     */
    fault: {
        code: string;
        message: string;
    } | null;
    content: {
        /**
         * What becomes of the stack as a whole
         */
        change: 'build' | 'update' | 'stop' | 'start' | 'deploy' | 'repair' | 'rotate' | 'destroy' | 'adopt';
        stack: string;
        resources: Array<{
            resource: string;
            kind: string;
            /**
             * create, update, replace or delete, as the engine says it
             */
            action: string;
            /**
             * Inputs that change
             */
            changed: Array<string>;
            /**
             * Inputs for which it has to be replaced
             */
            replacedFor: Array<string>;
            /**
             * Digest of its inputs afterwards; null: it is gone
             */
            wanted: string | null;
            /**
             * Goes only when the approval names it
             */
            protected: boolean;
        }>;
        /**
         * Of the preview alone: what the engine is held to
         */
        engineHash: string;
        /**
         * Of the state that the preview started from
         */
        serial: string;
        /**
         * What the target has of the stack now
         */
        parts: Array<{
            part: string;
            version: string | null;
        }>;
        /**
         * Whether objects could be compared with those in its cluster
         */
        cluster: 'none' | 'compared' | 'unreachable';
        objects: Array<{
            object: string;
            /**
             * keep: it is what it is to be
             */
            action: 'create' | 'update' | 'delete' | 'adopt' | 'keep';
            /**
             * What there is now; null: nothing
             */
            version: string | null;
            /**
             * What is rendered; null: nothing
             */
            digest: string | null;
            /**
             * Fields that are added to one that is adopted
             */
            changed?: Array<string>;
            /**
             * What changes of it, by a server-side dry run; values are JSON, those of secrets hidden
             */
            fields: Array<{
                path: string;
                before: string | null;
                after: string | null;
            }>;
        }>;
        /**
         * What was asked for beside what holds: plan, limits, version
         */
        terms: Array<{
            path: string;
            before: string | null;
            after: string | null;
        }>;
        price: {
            fromMinor: number;
            toMinor: number;
            currency: string;
            /**
             * What the customer was quoted when it came; null: it came without a quote
             */
            quotedMinor: number | null;
        };
        /**
         * Other tenants it touches
         */
        blast: {
            tenants: number;
        };
        /**
         * What an approval has to name
         */
        findings: Array<{
            rule: 'protected-kind' | 'price-above-quote';
            title: string;
            resources: Array<string>;
        }>;
        /**
         * What stands against an adoption: as long as there is one, it cannot be approved
         */
        conflicts?: Array<{
            object: string;
            reason: string;
        }>;
    } | null;
};

export type AuditEventPage = {
    items: Array<AuditEvent>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type AuditEvent = {
    id: string;
    /**
     * `installation`, `refusals` or `tenant:<id>`
     */
    stream: string;
    /**
     * Without gaps inside its stream
     */
    sequence: number;
    /**
     * RFC 3339, UTC
     */
    at: string;
    /**
     * The operator; null: the plane itself
     */
    actorId: string | null;
    action: string;
    subject: string;
    outcome: 'succeeded' | 'failed' | 'refused';
    requestId: string | null;
    operationId: string | null;
    /**
     * What was asked or changed
     */
    detail: unknown;
    /**
     * Personal data by field, as long as it has not been erased; the chain itself holds only commitments to it
     */
    personal: {
        [key: string]: string;
    };
    /**
     * SHA-256 of the hash before and the canonical text, in hex
     */
    hash: string;
};

export type AuditCheckpointPage = {
    items: Array<AuditCheckpoint>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type AuditCheckpoint = {
    sequence: number;
    /**
     * RFC 3339, UTC
     */
    at: string;
    /**
     * Id of the key that signed it
     */
    key: string;
    /**
     * Events in all streams that it and those before it cover
     */
    events: number;
    /**
     * Streams that moved since the one before
     */
    heads: number;
    /**
     * Hash of the one before, in hex
     */
    previous: string;
    /**
     * Its own, in hex
     */
    hash: string;
    /**
     * Ed25519, base64url
     */
    signature: string;
};

export type SignedRecord = {
    /**
     * null: nothing sound has moved
     */
    checkpoint: AuditCheckpoint | null;
    /**
     * Streams that were changed behind the back of the plane: they are not signed
     */
    broken: Array<{
        stream: string;
        /**
         * The first event that is not what was written
         */
        sequence: number;
        fault: 'edited' | 'missing' | 'inserted' | 'personal-edited';
        message: string;
    }>;
};

export type Erasure = {
    /**
     * Values in events about this operator
     */
    operator?: string;
    /**
     * All values in events of this tenant
     */
    tenant?: string;
    /**
     * This value wherever it stands, for example an e-mail address; letter case does not matter
     */
    value?: string;
    /**
     * Kept in the record for ever: name the request, not the person
     */
    reason: string;
};

export type Erased = {
    events: number;
    values: number;
};

/**
 * All keys of the installation, oldest first: there are few
 */
export type SigningKeyList = {
    items: Array<SigningKey>;
};

export type SigningKey = {
    /**
     * First 128 bits of the SHA-256 of the public key
     */
    id: string;
    purpose: 'audit' | 'evidence';
    /**
     * Raw Ed25519 public key in base64url
     */
    publicKey: string;
    /**
     * The key before, which vouches for this one; null: trust in it starts anew
     */
    endorsedBy: string | null;
    /**
     * Its signature over this key, in base64url
     */
    endorsement: string | null;
    /**
     * RFC 3339, UTC
     */
    createdAt: string;
    /**
     * From then on it signed nothing; null: it is the current one
     */
    retiredAt: string | null;
};

export type NewSigningKey = {
    purpose: 'audit' | 'evidence';
};

export type EvidenceSummaryPage = {
    items: Array<EvidenceSummary>;
    /**
     * Ask again with this `cursor`; null: the end
     */
    nextCursor: string | null;
};

export type EvidenceSummary = {
    id: string;
    /**
     * What was measured: `isolation`, `contract`, `move` or `decommission`
     */
    kind: string;
    /**
     * `unit:<id>`, of a move or a removal `tenant:<id>`
     */
    subject: string;
    unitId: string | null;
    /**
     * Whose own the unit was; null for a cell
     */
    tenantId: string | null;
    operationId: string;
    /**
     * Of the worst part: only `pass` is a pass, only `fail` is a failure
     */
    outcome: 'pass' | 'fail' | 'inconclusive' | 'not-enforced' | 'not-checked';
    tally: {
        pass: number;
        fail: number;
        inconclusive: number;
        'not-enforced': number;
        'not-checked': number;
    };
    /**
     * Signing key; see /v1/signing-keys
     */
    keyId: string;
    /**
     * RFC 3339, UTC
     */
    measuredAt: string;
};

export type Evidence = {
    id: string;
    /**
     * What was measured: `isolation`, `contract`, `move` or `decommission`
     */
    kind: string;
    /**
     * `unit:<id>`, of a move or a removal `tenant:<id>`
     */
    subject: string;
    unitId: string | null;
    /**
     * Whose own the unit was; null for a cell
     */
    tenantId: string | null;
    operationId: string;
    /**
     * Of the worst part: only `pass` is a pass, only `fail` is a failure
     */
    outcome: 'pass' | 'fail' | 'inconclusive' | 'not-enforced' | 'not-checked';
    tally: {
        pass: number;
        fail: number;
        inconclusive: number;
        'not-enforced': number;
        'not-checked': number;
    };
    /**
     * Signing key; see /v1/signing-keys
     */
    keyId: string;
    /**
     * RFC 3339, UTC
     */
    measuredAt: string;
    /**
     * The canonical JSON text that is signed: every check with all that was tried and what came of it
     */
    record: string;
    /**
     * Ed25519 over the UTF-8 bytes of `record`, in base64url
     */
    signature: string;
    /**
     * Computed anew for this answer
     */
    verified: {
        /**
         * A key of this installation for evidence signed exactly this text
         */
        signature: boolean;
        /**
         * Its outcomes follow from what it says was seen
         */
        judgement: boolean;
    };
};

export type CheckUnit = {
    /**
     * Id or name of a unit that carries the product
     */
    unit: string;
};

export type GetLivenessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/healthz';
};

export type GetLivenessErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetLivenessError = GetLivenessErrors[keyof GetLivenessErrors];

export type GetLivenessResponses = {
    /**
     * OK
     */
    200: Liveness;
};

export type GetLivenessResponse = GetLivenessResponses[keyof GetLivenessResponses];

export type GetReadinessData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/readyz';
};

export type GetReadinessErrors = {
    /**
     * Service Unavailable
     */
    503: Readiness;
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetReadinessError = GetReadinessErrors[keyof GetReadinessErrors];

export type GetReadinessResponses = {
    /**
     * OK
     */
    200: Readiness;
};

export type GetReadinessResponse = GetReadinessResponses[keyof GetReadinessResponses];

export type GetMetricsData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/metrics';
};

export type GetMetricsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetMetricsError = GetMetricsErrors[keyof GetMetricsErrors];

export type GetMetricsResponses = {
    /**
     * Prometheus text format 0.0.4
     */
    200: string;
};

export type GetMetricsResponse = GetMetricsResponses[keyof GetMetricsResponses];

export type WhoAmIData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/whoami';
};

export type WhoAmIErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type WhoAmIError = WhoAmIErrors[keyof WhoAmIErrors];

export type WhoAmIResponses = {
    /**
     * OK
     */
    200: WhoAmI;
};

export type WhoAmIResponse = WhoAmIResponses[keyof WhoAmIResponses];

export type GetAccessModelData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/access';
};

export type GetAccessModelErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetAccessModelError = GetAccessModelErrors[keyof GetAccessModelErrors];

export type GetAccessModelResponses = {
    /**
     * OK
     */
    200: AccessModel;
};

export type GetAccessModelResponse = GetAccessModelResponses[keyof GetAccessModelResponses];

export type ListOperatorsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Part of the name
         */
        name?: string;
        role?: 'administrator' | 'sales-engineer' | 'release-operator' | 'sre' | 'viewer';
        state?: 'enabled' | 'disabled';
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/operators';
};

export type ListOperatorsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListOperatorsError = ListOperatorsErrors[keyof ListOperatorsErrors];

export type ListOperatorsResponses = {
    /**
     * OK
     */
    200: OperatorPage;
};

export type ListOperatorsResponse = ListOperatorsResponses[keyof ListOperatorsResponses];

export type CreateOperatorData = {
    body: CreateOperator;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/operators';
};

export type CreateOperatorErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateOperatorError = CreateOperatorErrors[keyof CreateOperatorErrors];

export type CreateOperatorResponses = {
    /**
     * Created
     */
    201: Operator;
};

export type CreateOperatorResponse = CreateOperatorResponses[keyof CreateOperatorResponses];

export type GetOperatorData = {
    body?: never;
    path: {
        /**
         * Id or name
         */
        operator: string;
    };
    query?: never;
    url: '/v1/operators/{operator}';
};

export type GetOperatorErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetOperatorError = GetOperatorErrors[keyof GetOperatorErrors];

export type GetOperatorResponses = {
    /**
     * OK
     */
    200: Operator;
};

export type GetOperatorResponse = GetOperatorResponses[keyof GetOperatorResponses];

export type SetOperatorRoleData = {
    body: SetRole;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or name
         */
        operator: string;
    };
    query?: never;
    url: '/v1/operators/{operator}';
};

export type SetOperatorRoleErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type SetOperatorRoleError = SetOperatorRoleErrors[keyof SetOperatorRoleErrors];

export type SetOperatorRoleResponses = {
    /**
     * OK
     */
    200: Operator;
};

export type SetOperatorRoleResponse = SetOperatorRoleResponses[keyof SetOperatorRoleResponses];

export type DisableOperatorData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or name
         */
        operator: string;
    };
    query?: never;
    url: '/v1/operators/{operator}/disable';
};

export type DisableOperatorErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type DisableOperatorError = DisableOperatorErrors[keyof DisableOperatorErrors];

export type DisableOperatorResponses = {
    /**
     * OK
     */
    200: Operator;
};

export type DisableOperatorResponse = DisableOperatorResponses[keyof DisableOperatorResponses];

export type EnableOperatorData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or name
         */
        operator: string;
    };
    query?: never;
    url: '/v1/operators/{operator}/enable';
};

export type EnableOperatorErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type EnableOperatorError = EnableOperatorErrors[keyof EnableOperatorErrors];

export type EnableOperatorResponses = {
    /**
     * OK
     */
    200: Operator;
};

export type EnableOperatorResponse = EnableOperatorResponses[keyof EnableOperatorResponses];

export type ListTokensData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Id or name; everybody whom you may see when left out
         */
        operator?: string;
        state?: 'live' | 'expired' | 'revoked';
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/tokens';
};

export type ListTokensErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListTokensError = ListTokensErrors[keyof ListTokensErrors];

export type ListTokensResponses = {
    /**
     * OK
     */
    200: TokenPage;
};

export type ListTokensResponse = ListTokensResponses[keyof ListTokensResponses];

export type CreateTokenData = {
    body: CreateToken;
    path?: never;
    query?: never;
    url: '/v1/tokens';
};

export type CreateTokenErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateTokenError = CreateTokenErrors[keyof CreateTokenErrors];

export type CreateTokenResponses = {
    /**
     * Created
     */
    201: TokenCreated;
};

export type CreateTokenResponse = CreateTokenResponses[keyof CreateTokenResponses];

export type RevokeTokenData = {
    body?: never;
    path: {
        token: string;
    };
    query?: never;
    url: '/v1/tokens/{token}/revoke';
};

export type RevokeTokenErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RevokeTokenError = RevokeTokenErrors[keyof RevokeTokenErrors];

export type RevokeTokenResponses = {
    /**
     * OK
     */
    200: Token;
};

export type RevokeTokenResponse = RevokeTokenResponses[keyof RevokeTokenResponses];

export type ListSessionsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Id or name; everybody whom you may see when left out
         */
        operator?: string;
        state?: 'live' | 'ended';
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/sessions';
};

export type ListSessionsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListSessionsError = ListSessionsErrors[keyof ListSessionsErrors];

export type ListSessionsResponses = {
    /**
     * OK
     */
    200: SessionPage;
};

export type ListSessionsResponse = ListSessionsResponses[keyof ListSessionsResponses];

export type RevokeSessionData = {
    body?: never;
    path: {
        session: string;
    };
    query?: never;
    url: '/v1/sessions/{session}/revoke';
};

export type RevokeSessionErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RevokeSessionError = RevokeSessionErrors[keyof RevokeSessionErrors];

export type RevokeSessionResponses = {
    /**
     * OK
     */
    200: Session;
};

export type RevokeSessionResponse = RevokeSessionResponses[keyof RevokeSessionResponses];

export type SignOutData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/sign-out';
};

export type SignOutErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type SignOutError = SignOutErrors[keyof SignOutErrors];

export type SignOutResponses = {
    /**
     * Ended
     */
    204: void;
};

export type SignOutResponse = SignOutResponses[keyof SignOutResponses];

export type StartSignInData = {
    body?: never;
    path?: never;
    query: {
        /**
         * A path of this plane
         */
        returnTo: string;
    };
    url: '/v1/sign-in/start';
};

export type StartSignInErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type StartSignInError = StartSignInErrors[keyof StartSignInErrors];

export type FinishSignInData = {
    body?: never;
    path?: never;
    query?: {
        code?: string;
        state?: string;
        iss?: string;
        session_state?: string;
        scope?: string;
        error?: string;
        error_description?: string;
        error_uri?: string;
        authuser?: string;
        prompt?: string;
        hd?: string;
        client_info?: string;
    };
    url: '/v1/sign-in/callback';
};

export type FinishSignInErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type FinishSignInError = FinishSignInErrors[keyof FinishSignInErrors];

export type StartDeviceSignInData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/sign-in/device';
};

export type StartDeviceSignInErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type StartDeviceSignInError = StartDeviceSignInErrors[keyof StartDeviceSignInErrors];

export type StartDeviceSignInResponses = {
    /**
     * OK
     */
    200: DeviceSignIn;
};

export type StartDeviceSignInResponse = StartDeviceSignInResponses[keyof StartDeviceSignInResponses];

export type AskDeviceSignInData = {
    body: AskDevice;
    path?: never;
    query?: never;
    url: '/v1/sign-in/device/token';
};

export type AskDeviceSignInErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type AskDeviceSignInError = AskDeviceSignInErrors[keyof AskDeviceSignInErrors];

export type AskDeviceSignInResponses = {
    /**
     * OK
     */
    200: SignedIn;
    /**
     * Accepted
     */
    202: SignInPending;
};

export type AskDeviceSignInResponse = AskDeviceSignInResponses[keyof AskDeviceSignInResponses];

export type ListPlansData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/plans';
};

export type ListPlansErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListPlansError = ListPlansErrors[keyof ListPlansErrors];

export type ListPlansResponses = {
    /**
     * OK
     */
    200: PlanPage;
};

export type ListPlansResponse = ListPlansResponses[keyof ListPlansResponses];

export type GetPlanData = {
    body?: never;
    path: {
        name: string;
    };
    query?: never;
    url: '/v1/plans/{name}';
};

export type GetPlanErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetPlanError = GetPlanErrors[keyof GetPlanErrors];

export type GetPlanResponses = {
    /**
     * OK
     */
    200: Plan;
};

export type GetPlanResponse = GetPlanResponses[keyof GetPlanResponses];

export type ListProductsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/products';
};

export type ListProductsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListProductsError = ListProductsErrors[keyof ListProductsErrors];

export type ListProductsResponses = {
    /**
     * OK
     */
    200: ProductPage;
};

export type ListProductsResponse = ListProductsResponses[keyof ListProductsResponses];

export type RegisterProductData = {
    body: RegisterProduct;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/products';
};

export type RegisterProductErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RegisterProductError = RegisterProductErrors[keyof RegisterProductErrors];

export type RegisterProductResponses = {
    /**
     * Created
     */
    201: Product;
};

export type RegisterProductResponse = RegisterProductResponses[keyof RegisterProductResponses];

export type GetProductData = {
    body?: never;
    path: {
        product: string;
    };
    query?: never;
    url: '/v1/products/{product}';
};

export type GetProductErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetProductError = GetProductErrors[keyof GetProductErrors];

export type GetProductResponses = {
    /**
     * OK
     */
    200: Product;
};

export type GetProductResponse = GetProductResponses[keyof GetProductResponses];

export type AddProductVersionData = {
    body: AddVersion;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        product: string;
    };
    query?: never;
    url: '/v1/products/{product}/versions';
};

export type AddProductVersionErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type AddProductVersionError = AddProductVersionErrors[keyof AddProductVersionErrors];

export type AddProductVersionResponses = {
    /**
     * Created
     */
    201: Product;
};

export type AddProductVersionResponse = AddProductVersionResponses[keyof AddProductVersionResponses];

export type ListRegionsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/regions';
};

export type ListRegionsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListRegionsError = ListRegionsErrors[keyof ListRegionsErrors];

export type ListRegionsResponses = {
    /**
     * OK
     */
    200: RegionPage;
};

export type ListRegionsResponse = ListRegionsResponses[keyof ListRegionsResponses];

export type GetRegionData = {
    body?: never;
    path: {
        name: string;
    };
    query?: never;
    url: '/v1/regions/{name}';
};

export type GetRegionErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetRegionError = GetRegionErrors[keyof GetRegionErrors];

export type GetRegionResponses = {
    /**
     * OK
     */
    200: Region;
};

export type GetRegionResponse = GetRegionResponses[keyof GetRegionResponses];

export type ListCellsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        region?: string;
        /**
         * Without it, retired cells are left out
         */
        state?: 'creating' | 'active' | 'suspended' | 'retiring' | 'retired' | 'failed';
    };
    url: '/v1/cells';
};

export type ListCellsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListCellsError = ListCellsErrors[keyof ListCellsErrors];

export type ListCellsResponses = {
    /**
     * OK
     */
    200: CellPage;
};

export type ListCellsResponse = ListCellsResponses[keyof ListCellsResponses];

export type CreateCellData = {
    body: CreateCell;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/cells';
};

export type CreateCellErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateCellError = CreateCellErrors[keyof CreateCellErrors];

export type CreateCellResponses = {
    /**
     * Accepted
     */
    202: CellAccepted;
};

export type CreateCellResponse = CreateCellResponses[keyof CreateCellResponses];

export type RetireCellData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        'if-match'?: string;
    };
    path: {
        /**
         * Id or name
         */
        cell: string;
    };
    query?: never;
    url: '/v1/cells/{cell}';
};

export type RetireCellErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RetireCellError = RetireCellErrors[keyof RetireCellErrors];

export type RetireCellResponses = {
    /**
     * Accepted
     */
    202: CellAccepted;
};

export type RetireCellResponse = RetireCellResponses[keyof RetireCellResponses];

export type GetCellData = {
    body?: never;
    path: {
        /**
         * Id or name
         */
        cell: string;
    };
    query?: never;
    url: '/v1/cells/{cell}';
};

export type GetCellErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetCellError = GetCellErrors[keyof GetCellErrors];

export type GetCellResponses = {
    /**
     * OK
     */
    200: Cell;
};

export type GetCellResponse = GetCellResponses[keyof GetCellResponses];

export type ListUnitsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        kind?: 'cell' | 'instance' | 'stack';
        region?: string;
        /**
         * Without it, retired units are left out
         */
        state?: 'creating' | 'active' | 'suspended' | 'retiring' | 'retired' | 'failed';
    };
    url: '/v1/units';
};

export type ListUnitsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListUnitsError = ListUnitsErrors[keyof ListUnitsErrors];

export type ListUnitsResponses = {
    /**
     * OK
     */
    200: UnitPage;
};

export type ListUnitsResponse = ListUnitsResponses[keyof ListUnitsResponses];

export type GetUnitData = {
    body?: never;
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: never;
    url: '/v1/units/{unit}';
};

export type GetUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetUnitError = GetUnitErrors[keyof GetUnitErrors];

export type GetUnitResponses = {
    /**
     * OK
     */
    200: Unit;
};

export type GetUnitResponse = GetUnitResponses[keyof GetUnitResponses];

export type DeployUnitData = {
    body: DeployUnit;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        'if-match'?: string;
    };
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: {
        /**
         * Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)
         */
        planned?: boolean;
    };
    url: '/v1/units/{unit}/deploy';
};

export type DeployUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type DeployUnitError = DeployUnitErrors[keyof DeployUnitErrors];

export type DeployUnitResponses = {
    /**
     * OK
     */
    200: Unit;
    /**
     * Accepted
     */
    202: UnitAccepted;
};

export type DeployUnitResponse = DeployUnitResponses[keyof DeployUnitResponses];

export type GetDriftData = {
    body?: never;
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: never;
    url: '/v1/units/{unit}/drift';
};

export type GetDriftErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetDriftError = GetDriftErrors[keyof GetDriftErrors];

export type GetDriftResponses = {
    /**
     * OK
     */
    200: Drift;
};

export type GetDriftResponse = GetDriftResponses[keyof GetDriftResponses];

export type ReconcileUnitData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: {
        /**
         * Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)
         */
        planned?: boolean;
    };
    url: '/v1/units/{unit}/reconcile';
};

export type ReconcileUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ReconcileUnitError = ReconcileUnitErrors[keyof ReconcileUnitErrors];

export type ReconcileUnitResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type ReconcileUnitResponse = ReconcileUnitResponses[keyof ReconcileUnitResponses];

export type ListBackupsData = {
    body?: never;
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: {
        /**
         * Also those that are kept no more
         */
        removed?: boolean;
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/units/{unit}/backups';
};

export type ListBackupsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListBackupsError = ListBackupsErrors[keyof ListBackupsErrors];

export type ListBackupsResponses = {
    /**
     * OK
     */
    200: BackupPage;
};

export type ListBackupsResponse = ListBackupsResponses[keyof ListBackupsResponses];

export type BackupUnitData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: never;
    url: '/v1/units/{unit}/backups';
};

export type BackupUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type BackupUnitError = BackupUnitErrors[keyof BackupUnitErrors];

export type BackupUnitResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type BackupUnitResponse = BackupUnitResponses[keyof BackupUnitResponses];

export type RotateStackKeyData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * Id or name
         */
        unit: string;
    };
    query?: never;
    url: '/v1/units/{unit}/rotate-key';
};

export type RotateStackKeyErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RotateStackKeyError = RotateStackKeyErrors[keyof RotateStackKeyErrors];

export type RotateStackKeyResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type RotateStackKeyResponse = RotateStackKeyResponses[keyof RotateStackKeyResponses];

export type ListOrphansData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        /**
         * `reported` when left out
         */
        state?: 'suspected' | 'reported' | 'kept' | 'gone';
        region?: string;
    };
    url: '/v1/orphans';
};

export type ListOrphansErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListOrphansError = ListOrphansErrors[keyof ListOrphansErrors];

export type ListOrphansResponses = {
    /**
     * OK
     */
    200: OrphanPage;
};

export type ListOrphansResponse = ListOrphansResponses[keyof ListOrphansResponses];

export type GetOrphanData = {
    body?: never;
    path: {
        orphan: string;
    };
    query?: never;
    url: '/v1/orphans/{orphan}';
};

export type GetOrphanErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetOrphanError = GetOrphanErrors[keyof GetOrphanErrors];

export type GetOrphanResponses = {
    /**
     * OK
     */
    200: Orphan;
};

export type GetOrphanResponse = GetOrphanResponses[keyof GetOrphanResponses];

export type KeepOrphanData = {
    body: KeepOrphan;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        orphan: string;
    };
    query?: never;
    url: '/v1/orphans/{orphan}/keep';
};

export type KeepOrphanErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type KeepOrphanError = KeepOrphanErrors[keyof KeepOrphanErrors];

export type KeepOrphanResponses = {
    /**
     * OK
     */
    200: Orphan;
};

export type KeepOrphanResponse = KeepOrphanResponses[keyof KeepOrphanResponses];

export type ListQuotesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        /**
         * Beginning of the slug
         */
        slug?: string;
        plan?: string;
        region?: string;
        state?: 'open' | 'accepted' | 'expired' | 'withdrawn';
    };
    url: '/v1/quotes';
};

export type ListQuotesErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListQuotesError = ListQuotesErrors[keyof ListQuotesErrors];

export type ListQuotesResponses = {
    /**
     * OK
     */
    200: QuotePage;
};

export type ListQuotesResponse = ListQuotesResponses[keyof ListQuotesResponses];

export type CreateQuoteData = {
    body: CreateQuote;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/quotes';
};

export type CreateQuoteErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateQuoteError = CreateQuoteErrors[keyof CreateQuoteErrors];

export type CreateQuoteResponses = {
    /**
     * Created
     */
    201: Quote;
};

export type CreateQuoteResponse = CreateQuoteResponses[keyof CreateQuoteResponses];

export type WithdrawQuoteData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/quotes/{id}';
};

export type WithdrawQuoteErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type WithdrawQuoteError = WithdrawQuoteErrors[keyof WithdrawQuoteErrors];

export type WithdrawQuoteResponses = {
    /**
     * OK
     */
    200: Quote;
};

export type WithdrawQuoteResponse = WithdrawQuoteResponses[keyof WithdrawQuoteResponses];

export type GetQuoteData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/quotes/{id}';
};

export type GetQuoteErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetQuoteError = GetQuoteErrors[keyof GetQuoteErrors];

export type GetQuoteResponses = {
    /**
     * OK
     */
    200: Quote;
};

export type GetQuoteResponse = GetQuoteResponses[keyof GetQuoteResponses];

export type ListTenantsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        /**
         * Beginning of the slug
         */
        slug?: string;
        /**
         * Exactly
         */
        externalId?: string;
        /**
         * Part of it, whatever the case
         */
        contact?: string;
        /**
         * Without it, decommissioned tenants are left out
         */
        state?: 'provisioning' | 'active' | 'suspending' | 'suspended' | 'resuming' | 'decommissioning' | 'decommissioned' | 'failed';
        plan?: string;
        region?: string;
        /**
         * Name or id
         */
        unit?: string;
    };
    url: '/v1/tenants';
};

export type ListTenantsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListTenantsError = ListTenantsErrors[keyof ListTenantsErrors];

export type ListTenantsResponses = {
    /**
     * OK
     */
    200: TenantPage;
};

export type ListTenantsResponse = ListTenantsResponses[keyof ListTenantsResponses];

export type CreateTenantData = {
    body: CreateTenant;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: {
        /**
         * Only say what would happen
         */
        dryRun?: boolean;
    };
    url: '/v1/tenants';
};

export type CreateTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateTenantError = CreateTenantErrors[keyof CreateTenantErrors];

export type CreateTenantResponses = {
    /**
     * OK
     */
    200: TenantPreview;
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type CreateTenantResponse = CreateTenantResponses[keyof CreateTenantResponses];

export type DecommissionTenantData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: {
        /**
         * Keep no export of it; who waived that is on its certificate
         */
        withoutExport?: boolean;
    };
    url: '/v1/tenants/{tenant}';
};

export type DecommissionTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type DecommissionTenantError = DecommissionTenantErrors[keyof DecommissionTenantErrors];

export type DecommissionTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type DecommissionTenantResponse = DecommissionTenantResponses[keyof DecommissionTenantResponses];

export type GetTenantData = {
    body?: never;
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}';
};

export type GetTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetTenantError = GetTenantErrors[keyof GetTenantErrors];

export type GetTenantResponses = {
    /**
     * OK
     */
    200: Tenant;
};

export type GetTenantResponse = GetTenantResponses[keyof GetTenantResponses];

export type UpdateTenantData = {
    body: UpdateTenant;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: {
        /**
         * Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)
         */
        planned?: boolean;
    };
    url: '/v1/tenants/{tenant}';
};

export type UpdateTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type UpdateTenantError = UpdateTenantErrors[keyof UpdateTenantErrors];

export type UpdateTenantResponses = {
    /**
     * OK
     */
    200: Tenant;
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type UpdateTenantResponse = UpdateTenantResponses[keyof UpdateTenantResponses];

export type SuspendTenantData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: {
        /**
         * Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)
         */
        planned?: boolean;
    };
    url: '/v1/tenants/{tenant}/suspend';
};

export type SuspendTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type SuspendTenantError = SuspendTenantErrors[keyof SuspendTenantErrors];

export type SuspendTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type SuspendTenantResponse = SuspendTenantResponses[keyof SuspendTenantResponses];

export type ResumeTenantData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: {
        /**
         * Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)
         */
        planned?: boolean;
    };
    url: '/v1/tenants/{tenant}/resume';
};

export type ResumeTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ResumeTenantError = ResumeTenantErrors[keyof ResumeTenantErrors];

export type ResumeTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type ResumeTenantResponse = ResumeTenantResponses[keyof ResumeTenantResponses];

export type ExportTenantData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/export';
};

export type ExportTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ExportTenantError = ExportTenantErrors[keyof ExportTenantErrors];

export type ExportTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type ExportTenantResponse = ExportTenantResponses[keyof ExportTenantResponses];

export type ExtendTrialData = {
    body: ExtendTrial;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/extend-trial';
};

export type ExtendTrialErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ExtendTrialError = ExtendTrialErrors[keyof ExtendTrialErrors];

export type ExtendTrialResponses = {
    /**
     * OK
     */
    200: Tenant;
};

export type ExtendTrialResponse = ExtendTrialResponses[keyof ExtendTrialResponses];

export type ListHoldsData = {
    body?: never;
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/tenants/{tenant}/holds';
};

export type ListHoldsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListHoldsError = ListHoldsErrors[keyof ListHoldsErrors];

export type ListHoldsResponses = {
    /**
     * OK
     */
    200: HoldPage;
};

export type ListHoldsResponse = ListHoldsResponses[keyof ListHoldsResponses];

export type HoldTenantData = {
    body: PlaceHold;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/holds';
};

export type HoldTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type HoldTenantError = HoldTenantErrors[keyof HoldTenantErrors];

export type HoldTenantResponses = {
    /**
     * Created
     */
    201: HoldPlaced;
};

export type HoldTenantResponse = HoldTenantResponses[keyof HoldTenantResponses];

export type ReleaseHoldData = {
    body: ReleaseHold;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
        hold: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/holds/{hold}/release';
};

export type ReleaseHoldErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ReleaseHoldError = ReleaseHoldErrors[keyof ReleaseHoldErrors];

export type ReleaseHoldResponses = {
    /**
     * OK
     */
    200: Hold;
};

export type ReleaseHoldResponse = ReleaseHoldResponses[keyof ReleaseHoldResponses];

export type ListExportsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Id or slug
         */
        tenant?: string;
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/exports';
};

export type ListExportsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListExportsError = ListExportsErrors[keyof ListExportsErrors];

export type ListExportsResponses = {
    /**
     * OK
     */
    200: ExportPage;
};

export type ListExportsResponse = ListExportsResponses[keyof ListExportsResponses];

export type GetExportData = {
    body?: never;
    path: {
        export: string;
    };
    query?: never;
    url: '/v1/exports/{export}';
};

export type GetExportErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetExportError = GetExportErrors[keyof GetExportErrors];

export type GetExportResponses = {
    /**
     * OK
     */
    200: Export;
};

export type GetExportResponse = GetExportResponses[keyof GetExportResponses];

export type DownloadExportData = {
    body?: never;
    path: {
        export: string;
    };
    query?: never;
    url: '/v1/exports/{export}/content';
};

export type DownloadExportErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type DownloadExportError = DownloadExportErrors[keyof DownloadExportErrors];

export type DownloadExportResponses = {
    /**
     * The sealed file
     */
    200: Blob | File;
};

export type DownloadExportResponse = DownloadExportResponses[keyof DownloadExportResponses];

export type OpenExportData = {
    body?: never;
    path: {
        export: string;
    };
    query?: never;
    url: '/v1/exports/{export}/open';
};

export type OpenExportErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type OpenExportError = OpenExportErrors[keyof OpenExportErrors];

export type OpenExportResponses = {
    /**
     * OK
     */
    200: ExportKey;
};

export type OpenExportResponse = OpenExportResponses[keyof OpenExportResponses];

export type AdoptTenantData = {
    body: AdoptTenant;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path?: never;
    query?: never;
    url: '/v1/adoptions';
};

export type AdoptTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type AdoptTenantError = AdoptTenantErrors[keyof AdoptTenantErrors];

export type AdoptTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type AdoptTenantResponse = AdoptTenantResponses[keyof AdoptTenantResponses];

export type MoveTenantData = {
    body: MoveTenant;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
        /**
         * ETag you decided on: 412 when it has changed since
         */
        'if-match'?: string;
    };
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/move';
};

export type MoveTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type MoveTenantError = MoveTenantErrors[keyof MoveTenantErrors];

export type MoveTenantResponses = {
    /**
     * Accepted
     */
    202: TenantAccepted;
};

export type MoveTenantResponse = MoveTenantResponses[keyof MoveTenantResponses];

export type ListMovesData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
        /**
         * Slug or id
         */
        tenant?: string;
        state?: 'moving' | 'stuck' | 'soaking' | 'retiring' | 'retired' | 'aborting' | 'aborted';
    };
    url: '/v1/moves';
};

export type ListMovesErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListMovesError = ListMovesErrors[keyof ListMovesErrors];

export type ListMovesResponses = {
    /**
     * OK
     */
    200: MovePage;
};

export type ListMovesResponse = ListMovesResponses[keyof ListMovesResponses];

export type GetMoveData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/moves/{id}';
};

export type GetMoveErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetMoveError = GetMoveErrors[keyof GetMoveErrors];

export type GetMoveResponses = {
    /**
     * OK
     */
    200: Move;
};

export type GetMoveResponse = GetMoveResponses[keyof GetMoveResponses];

export type RetireMoveData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/moves/{id}/retire';
};

export type RetireMoveErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RetireMoveError = RetireMoveErrors[keyof RetireMoveErrors];

export type RetireMoveResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type RetireMoveResponse = RetireMoveResponses[keyof RetireMoveResponses];

export type AbortMoveData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/moves/{id}/abort';
};

export type AbortMoveErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type AbortMoveError = AbortMoveErrors[keyof AbortMoveErrors];

export type AbortMoveResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type AbortMoveResponse = AbortMoveResponses[keyof AbortMoveResponses];

export type GetCertificateData = {
    body?: never;
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/certificate';
};

export type GetCertificateErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetCertificateError = GetCertificateErrors[keyof GetCertificateErrors];

export type GetCertificateResponses = {
    /**
     * OK
     */
    200: Certificate;
};

export type GetCertificateResponse = GetCertificateResponses[keyof GetCertificateResponses];

export type CreateKubeconfigData = {
    body: CreateKubeconfig;
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/kubeconfig';
};

export type CreateKubeconfigErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateKubeconfigError = CreateKubeconfigErrors[keyof CreateKubeconfigErrors];

export type CreateKubeconfigResponses = {
    /**
     * Created
     */
    201: TenantKubeconfig;
};

export type CreateKubeconfigResponse = CreateKubeconfigResponses[keyof CreateKubeconfigResponses];

export type HandOffTenantData = {
    body: CreateHandOff;
    path: {
        /**
         * Id or slug
         */
        tenant: string;
    };
    query?: never;
    url: '/v1/tenants/{tenant}/hand-off';
};

export type HandOffTenantErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type HandOffTenantError = HandOffTenantErrors[keyof HandOffTenantErrors];

export type HandOffTenantResponses = {
    /**
     * Created
     */
    201: HandOff;
};

export type HandOffTenantResponse = HandOffTenantResponses[keyof HandOffTenantResponses];

export type ShowHandOffData = {
    body?: never;
    path: {
        token: string;
    };
    query?: never;
    url: '/hand-off/{token}';
};

export type ShowHandOffErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ShowHandOffError = ShowHandOffErrors[keyof ShowHandOffErrors];

export type ShowHandOffResponses = {
    /**
     * A page without scripts
     */
    200: string;
};

export type ShowHandOffResponse = ShowHandOffResponses[keyof ShowHandOffResponses];

export type OpenHandOffData = {
    body?: never;
    path: {
        token: string;
    };
    query?: never;
    url: '/hand-off/{token}';
};

export type OpenHandOffErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type OpenHandOffError = OpenHandOffErrors[keyof OpenHandOffErrors];

export type OpenHandOffResponses = {
    /**
     * For browsers a page without scripts, else JSON
     */
    200: HandedOver;
};

export type OpenHandOffResponse = OpenHandOffResponses[keyof OpenHandOffResponses];

export type ShareOperationData = {
    body: ShareOperation;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/share';
};

export type ShareOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ShareOperationError = ShareOperationErrors[keyof ShareOperationErrors];

export type ShareOperationResponses = {
    /**
     * Created
     */
    201: ShareCreated;
};

export type ShareOperationResponse = ShareOperationResponses[keyof ShareOperationResponses];

export type ListSharesData = {
    body?: never;
    path: {
        id: string;
    };
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/operations/{id}/shares';
};

export type ListSharesErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListSharesError = ListSharesErrors[keyof ListSharesErrors];

export type ListSharesResponses = {
    /**
     * OK
     */
    200: SharePage;
};

export type ListSharesResponse = ListSharesResponses[keyof ListSharesResponses];

export type UnshareOperationData = {
    body?: never;
    path: {
        id: string;
        share: string;
    };
    query?: never;
    url: '/v1/operations/{id}/shares/{share}';
};

export type UnshareOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type UnshareOperationError = UnshareOperationErrors[keyof UnshareOperationErrors];

export type UnshareOperationResponses = {
    /**
     * OK
     */
    200: Share;
};

export type UnshareOperationResponse = UnshareOperationResponses[keyof UnshareOperationResponses];

export type GetOperationStatusData = {
    body?: never;
    path: {
        token: string;
    };
    query?: never;
    url: '/status/{token}';
};

export type GetOperationStatusErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetOperationStatusError = GetOperationStatusErrors[keyof GetOperationStatusErrors];

export type GetOperationStatusResponses = {
    /**
     * For browsers a page without scripts, else JSON
     */
    200: OperationStatus;
};

export type GetOperationStatusResponse = GetOperationStatusResponses[keyof GetOperationStatusResponses];

export type ListOperationsData = {
    body?: never;
    path?: never;
    query?: {
        state?: 'waiting' | 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
        kind?: 'cell.create' | 'cell.retire' | 'tenant.provision' | 'tenant.adopt' | 'tenant.update' | 'tenant.suspend' | 'tenant.resume' | 'tenant.export' | 'tenant.decommission' | 'tenant.move' | 'tenant.move-retire' | 'tenant.move-abort' | 'unit.deploy' | 'unit.attest' | 'unit.check' | 'unit.reconcile' | 'unit.backup' | 'unit.rotate-key';
        /**
         * Id of a tenant
         */
        tenant?: string;
        /**
         * Id of a unit: what ran on it, its tenants’ operations included
         */
        unit?: string;
        /**
         * Asked for at or after this time
         */
        since?: string;
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/operations';
};

export type ListOperationsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListOperationsError = ListOperationsErrors[keyof ListOperationsErrors];

export type ListOperationsResponses = {
    /**
     * OK
     */
    200: OperationPage;
};

export type ListOperationsResponse = ListOperationsResponses[keyof ListOperationsResponses];

export type GetOperationData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}';
};

export type GetOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetOperationError = GetOperationErrors[keyof GetOperationErrors];

export type GetOperationResponses = {
    /**
     * OK
     */
    200: OperationDetail;
};

export type GetOperationResponse = GetOperationResponses[keyof GetOperationResponses];

export type CancelOperationData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/cancel';
};

export type CancelOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CancelOperationError = CancelOperationErrors[keyof CancelOperationErrors];

export type CancelOperationResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type CancelOperationResponse = CancelOperationResponses[keyof CancelOperationResponses];

export type RetryOperationData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/retry';
};

export type RetryOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RetryOperationError = RetryOperationErrors[keyof RetryOperationErrors];

export type RetryOperationResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type RetryOperationResponse = RetryOperationResponses[keyof RetryOperationResponses];

export type ApproveOperationData = {
    body: ApproveOperation;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/approve';
};

export type ApproveOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ApproveOperationError = ApproveOperationErrors[keyof ApproveOperationErrors];

export type ApproveOperationResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type ApproveOperationResponse = ApproveOperationResponses[keyof ApproveOperationResponses];

export type RejectOperationData = {
    body: RejectOperation;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/reject';
};

export type RejectOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RejectOperationError = RejectOperationErrors[keyof RejectOperationErrors];

export type RejectOperationResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type RejectOperationResponse = RejectOperationResponses[keyof RejectOperationResponses];

export type GetChangePlanData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/plan';
};

export type GetChangePlanErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetChangePlanError = GetChangePlanErrors[keyof GetChangePlanErrors];

export type GetChangePlanResponses = {
    /**
     * OK
     */
    200: ChangePlan;
};

export type GetChangePlanResponse = GetChangePlanResponses[keyof GetChangePlanResponses];

export type PlanChangeData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/plan';
};

export type PlanChangeErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type PlanChangeError = PlanChangeErrors[keyof PlanChangeErrors];

export type PlanChangeResponses = {
    /**
     * Accepted
     */
    202: ChangePlan;
};

export type PlanChangeResponse = PlanChangeResponses[keyof PlanChangeResponses];

export type WatchOperationData = {
    body?: never;
    headers?: {
        /**
         * Number of the last event seen: what came after it is sent
         */
        'last-event-id'?: number;
    };
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/operations/{id}/events';
};

export type WatchOperationErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type WatchOperationError = WatchOperationErrors[keyof WatchOperationErrors];

export type WatchOperationResponses = {
    /**
     * Events as they happen (text/event-stream): `id` is the number, `event` the type, `data` an OperationEvent. Ends with the operation.
     */
    200: string;
    /**
     * It has ended and you have seen all: do not come back
     */
    204: void;
};

export type WatchOperationResponse = WatchOperationResponses[keyof WatchOperationResponses];

export type ListAuditEventsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Operator id
         */
        actor?: string;
        /**
         * An action or how it begins: tenant.create, tenant., token
         */
        action?: string;
        /**
         * For example unit:<id>
         */
        subject?: string;
        /**
         * Tenant id: whatever was done about it
         */
        tenant?: string;
        /**
         * `installation`, `refusals` or `tenant:<id>`
         */
        stream?: string;
        outcome?: 'succeeded' | 'failed' | 'refused';
        /**
         * x-request-id of an answer
         */
        request?: string;
        /**
         * Operation id, which is its workflow id
         */
        operation?: string;
        /**
         * Not before
         */
        from?: string;
        /**
         * Before
         */
        to?: string;
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/audit';
};

export type ListAuditEventsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListAuditEventsError = ListAuditEventsErrors[keyof ListAuditEventsErrors];

export type ListAuditEventsResponses = {
    /**
     * OK
     */
    200: AuditEventPage;
};

export type ListAuditEventsResponse = ListAuditEventsResponses[keyof ListAuditEventsResponses];

export type ListAuditCheckpointsData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/audit/checkpoints';
};

export type ListAuditCheckpointsErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListAuditCheckpointsError = ListAuditCheckpointsErrors[keyof ListAuditCheckpointsErrors];

export type ListAuditCheckpointsResponses = {
    /**
     * OK
     */
    200: AuditCheckpointPage;
};

export type ListAuditCheckpointsResponse = ListAuditCheckpointsResponses[keyof ListAuditCheckpointsResponses];

export type CreateAuditCheckpointData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/audit/checkpoints';
};

export type CreateAuditCheckpointErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CreateAuditCheckpointError = CreateAuditCheckpointErrors[keyof CreateAuditCheckpointErrors];

export type CreateAuditCheckpointResponses = {
    /**
     * Created
     */
    201: SignedRecord;
};

export type CreateAuditCheckpointResponse = CreateAuditCheckpointResponses[keyof CreateAuditCheckpointResponses];

export type EraseAuditPersonalData = {
    body: Erasure;
    path?: never;
    query?: never;
    url: '/v1/audit/erasures';
};

export type EraseAuditPersonalErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type EraseAuditPersonalError = EraseAuditPersonalErrors[keyof EraseAuditPersonalErrors];

export type EraseAuditPersonalResponses = {
    /**
     * OK
     */
    200: Erased;
};

export type EraseAuditPersonalResponse = EraseAuditPersonalResponses[keyof EraseAuditPersonalResponses];

export type ExportAuditData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * `installation`, `refusals` or `tenant:<id>`
         */
        stream?: string;
        /**
         * From the first event of each stream not before this time
         */
        from?: string;
        /**
         * To the last event of each stream before this time, and on to the next that a checkpoint signs
         */
        to?: string;
        /**
         * Where an export was broken off: <stream>@<sequence> of the last event that arrived
         */
        after?: string;
        /**
         * Leave personal values out; what remains still verifies
         */
        redact?: boolean;
    };
    url: '/v1/audit/export';
};

export type ExportAuditErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ExportAuditError = ExportAuditErrors[keyof ExportAuditErrors];

export type ExportAuditResponses = {
    /**
     * The record as JSON Lines: header with keys, checkpoints, events stream by stream, end
     */
    200: string;
};

export type ExportAuditResponse = ExportAuditResponses[keyof ExportAuditResponses];

export type ListSigningKeysData = {
    body?: never;
    path?: never;
    query?: never;
    url: '/v1/signing-keys';
};

export type ListSigningKeysErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListSigningKeysError = ListSigningKeysErrors[keyof ListSigningKeysErrors];

export type ListSigningKeysResponses = {
    /**
     * All keys of the installation, oldest first: there are few
     */
    200: SigningKeyList;
};

export type ListSigningKeysResponse = ListSigningKeysResponses[keyof ListSigningKeysResponses];

export type RotateSigningKeyData = {
    body: NewSigningKey;
    path?: never;
    query?: never;
    url: '/v1/signing-keys';
};

export type RotateSigningKeyErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type RotateSigningKeyError = RotateSigningKeyErrors[keyof RotateSigningKeyErrors];

export type RotateSigningKeyResponses = {
    /**
     * Created
     */
    201: SigningKey;
};

export type RotateSigningKeyResponse = RotateSigningKeyResponses[keyof RotateSigningKeyResponses];

export type ListEvidenceData = {
    body?: never;
    path?: never;
    query?: {
        /**
         * Name or id of a unit
         */
        unit?: string;
        kind?: string;
        /**
         * Of the worst part: only `pass` is a pass, only `fail` is a failure
         */
        outcome?: 'pass' | 'fail' | 'inconclusive' | 'not-enforced' | 'not-checked';
        /**
         * Most items on a page
         */
        limit?: number;
        /**
         * `nextCursor` of the page before
         */
        cursor?: string;
    };
    url: '/v1/evidence';
};

export type ListEvidenceErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type ListEvidenceError = ListEvidenceErrors[keyof ListEvidenceErrors];

export type ListEvidenceResponses = {
    /**
     * OK
     */
    200: EvidenceSummaryPage;
};

export type ListEvidenceResponse = ListEvidenceResponses[keyof ListEvidenceResponses];

export type GetEvidenceData = {
    body?: never;
    path: {
        id: string;
    };
    query?: never;
    url: '/v1/evidence/{id}';
};

export type GetEvidenceErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type GetEvidenceError = GetEvidenceErrors[keyof GetEvidenceErrors];

export type GetEvidenceResponses = {
    /**
     * OK
     */
    200: Evidence;
};

export type GetEvidenceResponse = GetEvidenceResponses[keyof GetEvidenceResponses];

export type AttestUnitData = {
    body?: never;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        unit: string;
    };
    query?: never;
    url: '/v1/units/{unit}/attest';
};

export type AttestUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type AttestUnitError = AttestUnitErrors[keyof AttestUnitErrors];

export type AttestUnitResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type AttestUnitResponse = AttestUnitResponses[keyof AttestUnitResponses];

export type CheckUnitData = {
    body: CheckUnit;
    headers?: {
        /**
         * Your name for this request, best a uuid. Sent again with the same content within 24 hours it gets the first answer and does nothing; with other content it is refused.
         */
        'idempotency-key'?: string;
    };
    path: {
        product: string;
    };
    query?: never;
    url: '/v1/products/{product}/check';
};

export type CheckUnitErrors = {
    /**
     * A problem (RFC 9457)
     */
    '4XX': Problem;
    /**
     * A problem (RFC 9457)
     */
    '5XX': Problem;
};

export type CheckUnitError = CheckUnitErrors[keyof CheckUnitErrors];

export type CheckUnitResponses = {
    /**
     * Accepted
     */
    202: Accepted;
};

export type CheckUnitResponse = CheckUnitResponses[keyof CheckUnitResponses];
