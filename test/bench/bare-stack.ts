import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalWorkspace, PulumiCommand, Stack } from '@pulumi/pulumi/automation/index.js'
import { settingsOf, type RegionSettings } from '../../control-plane/domain/region-settings.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import { localProgram } from '../../stacks/dedicated/programs/local/local-program.ts'
import { PROVIDER_NODE, TARGET_TOKEN_FILE, TARGET_URL } from '../../stacks/dedicated/provider/target-settings.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import { accessOf } from '../../workflows/regions/stack-parts.ts'
import { openRegions } from '../../workflows/regions/regions.ts'
import type { TenantFacts } from '../../workflows/steps/step-deps.ts'
import type { Unit } from '../../workflows/steps/chart-use.ts'
import { toolBinary } from '../support/kubernetes.ts'
import { barePrivate, type Served } from './bare.ts'

const PROJECT = 'bare'
const PROVIDER = join(import.meta.dirname, '..', '..', 'stacks', 'dedicated', 'provider')

export type BareTimes = { previewMs: number; upMs: number; deployMs: number }
export type BareStack = { times: BareTimes; destroy: () => Promise<void> }

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now()
  return [await work(), performance.now() - started]
}

/** What somebody without a plane would run: the engine's preview and up of the same program, in a folder with nothing of the plane's. */
async function openStack(folder: string, name: string, region: { name: string; settings: RegionSettings }) {
  const { stackTarget } = region.settings
  if (!stackTarget) throw new Error(`${region.name} builds no stacks`)
  const { url, tokenFile, versions } = stackTarget
  const [root, workDir, state] = [join(folder, 'engine'), join(folder, 'work'), join(folder, 'state')]
  for (const path of [join(root, 'bin'), workDir, state]) await mkdir(path, { recursive: true })
  await symlink(await toolBinary('pulumi'), join(root, 'bin', 'pulumi'))
  await writeFile(join(folder, 'passphrase'), 'bare', { mode: 0o600 })
  const project = {
    name: PROJECT,
    runtime: 'nodejs',
    backend: { url: `file://${state}` },
    plugins: { providers: [{ name: 'steward', path: PROVIDER }] },
  }
  await writeFile(join(workDir, 'Pulumi.yaml'), JSON.stringify(project)) // JSON is YAML
  const program = localProgram({ region: region.name, ...versions })
  const workspace = await LocalWorkspace.create({
    workDir,
    pulumiHome: join(folder, 'home'),
    pulumiCommand: await PulumiCommand.get({ root }),
    secretsProvider: 'passphrase',
    envVars: {
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, 'passphrase'),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      [PROVIDER_NODE]: process.execPath,
      [TARGET_URL]: url,
      [TARGET_TOKEN_FILE]: tokenFile,
    },
    program: async () =>
      program({
        tenant: name,
        unit: name,
        plan: 'team-dedicated',
        size: 'small',
        region: region.name,
        residency: [region.name],
        versions: { kubernetes: versions.kubernetes.split('.').slice(0, 2).join('.'), postgres: versions.postgres },
      }),
  })
  return { stack: await Stack.createOrSelect(name, workspace), stackTarget }
}

/** Previews, brings up and deploys a stack like the plane's own. */
export async function makeBareStack(
  estate: Estate,
  unit: Unit,
  tenant: Served & Pick<TenantFacts, 'compute'>,
): Promise<BareStack> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bare-stack-'))
  const region = JSON.parse(await readFile(estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: ['charts'] }))
  const { stack, stackTarget } = await openStack(folder, unit.name, region)
  const [, previewMs] = await timed(() => stack.preview())
  const [, upMs] = await timed(() => stack.up())
  const [, deployMs] = await timed(async () => {
    const access = await accessOf(stackTarget, unit.name, unlinked)
    const hands = await regions.handsOf({ name: region.name, settings: settingsOf(region.settings, access) })
    await barePrivate({ hands, edgeUrl: estate.urls.edge, close: regions.close }, unit, tenant)
  })
  return {
    times: { previewMs, upMs, deployMs },
    async destroy() {
      await regions.close()
      await unprotect(stack)
      await stack.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Keys and databases are protected; here nothing is kept. */
async function unprotect(stack: Stack): Promise<void> {
  const whole = await stack.exportStack()
  const { resources } = whole.deployment as { resources: { protect?: boolean }[] } // the engine's own format
  for (const resource of resources) resource.protect = false
  await stack.importStack(whole)
}
