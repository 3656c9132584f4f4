import type { jobSchema } from "@borealis/schema";

/**
 * What may be given for each object: the input types of the zod schemas, so that an attribute that is added there is
 * completed here.
 */
type Input<Schema extends { readonly _zod: { readonly input: unknown } }> = Schema["_zod"]["input"];

/** Those of several objects that have the attribute. */
type Having<Objects, Name extends string> = Objects extends unknown
  ? Name extends keyof Objects
    ? Objects
    : never
  : never;

export interface JobInput extends Input<typeof jobSchema> {}
type Given<Name extends keyof JobInput> = NonNullable<JobInput[Name]>;

export interface TaskInput extends Given<"task"> {}
export type ProcessInput = NonNullable<TaskInput["processes"]>[number];
export type ConstraintInput = NonNullable<TaskInput["constraints"]>[number];
export type ResourcesInput = NonNullable<TaskInput["resources"]>;
export type LoggerInput = NonNullable<ProcessInput["logger"]>;
export type RotatePolicyInput = NonNullable<LoggerInput["rotate"]>;

export type UpdateConfigInput = Given<"update_config">;
type Strategy = NonNullable<UpdateConfigInput["update_strategy"]>;
export type VariableBatchUpdateStrategyInput = Having<Strategy, "batch_sizes">;
export type BatchUpdateStrategyInput = Having<Having<Strategy, "batch_size">, "autopause_after_batch">;
export type QueueUpdateStrategyInput = Exclude<Strategy, Having<Strategy, "autopause_after_batch">>;

export type HealthCheckConfigInput = Given<"health_check_config">;
export type HealthCheckerConfigInput = NonNullable<HealthCheckConfigInput["health_checker"]>;
export type HttpHealthCheckerInput = NonNullable<HealthCheckerConfigInput["http"]>;
export type ShellHealthCheckerInput = NonNullable<HealthCheckerConfigInput["shell"]>;
export type TcpHealthCheckerInput = NonNullable<HealthCheckerConfigInput["tcp"]>;
export type GrpcHealthCheckerInput = NonNullable<HealthCheckerConfigInput["grpc"]>;
export type HealthCheckTlsInput = NonNullable<HttpHealthCheckerInput["tls"]>;
export type HealthCheckInput = Given<"health_checks">[number];
export type AnnouncerInput = Given<"announce">;
export type LifecycleConfigInput = Given<"lifecycle">;
export type HttpLifecycleConfigInput = NonNullable<LifecycleConfigInput["http"]>;

export type MetadataInput = Given<"metadata">[number];
export type ExecutorConfigInput = Given<"executor_config">;
export type PartitionPolicyInput = Given<"partition_policy">;
export type PercentageSlaPolicyInput = Having<Given<"sla_policy">, "percentage">;
export type CountSlaPolicyInput = Having<Given<"sla_policy">, "count">;
export type CoordinatorSlaPolicyInput = Having<Given<"sla_policy">, "coordinator_url">;

export type ContainerInput = Having<Given<"container">, "docker">;
export type DockerInput = Having<Given<"container">, "parameters">;
export type MesosInput = Having<Given<"container">, "volumes">;
export type ParameterInput = NonNullable<DockerInput["parameters"]>[number];
export type VolumeInput = NonNullable<MesosInput["volumes"]>[number];
export type AppcImageInput = Having<NonNullable<MesosInput["image"]>, "image_id">;
export type DockerImageInput = Having<NonNullable<MesosInput["image"]>, "tag">;
