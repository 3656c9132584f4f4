import { auroraBuilder } from "./builder.ts";
import type * as Input from "./inputs.ts";

/** Aurora's objects, by Aurora's names. */
export const Job = auroraBuilder<Input.JobInput>("Job");
/** A job whose instances are started again whenever they end. */
export const Service = auroraBuilder<Input.JobInput>("Job", { service: true });
export const Task = auroraBuilder<Input.TaskInput>("Task");
export const Process = auroraBuilder<Input.ProcessInput>("Process");
export const Constraint = auroraBuilder<Input.ConstraintInput>("Constraint");
export const Resources = auroraBuilder<Input.ResourcesInput>("Resources");
export const Logger = auroraBuilder<Input.LoggerInput>("Logger");
export const RotatePolicy = auroraBuilder<Input.RotatePolicyInput>("RotatePolicy");

export const UpdateConfig = auroraBuilder<Input.UpdateConfigInput>("UpdateConfig");
export const QueueUpdateStrategy = auroraBuilder<Input.QueueUpdateStrategyInput>("QueueUpdateStrategy");
export const BatchUpdateStrategy = auroraBuilder<Input.BatchUpdateStrategyInput>("BatchUpdateStrategy");
export const VariableBatchUpdateStrategy = auroraBuilder<Input.VariableBatchUpdateStrategyInput>(
  "VariableBatchUpdateStrategy",
);

export const HealthCheckConfig = auroraBuilder<Input.HealthCheckConfigInput>("HealthCheckConfig");
export const HealthCheckerConfig = auroraBuilder<Input.HealthCheckerConfigInput>("HealthCheckerConfig");
export const HttpHealthChecker = auroraBuilder<Input.HttpHealthCheckerInput>("HttpHealthChecker");
export const ShellHealthChecker = auroraBuilder<Input.ShellHealthCheckerInput>("ShellHealthChecker");
export const TcpHealthChecker = auroraBuilder<Input.TcpHealthCheckerInput>("TcpHealthChecker");
export const GrpcHealthChecker = auroraBuilder<Input.GrpcHealthCheckerInput>("GrpcHealthChecker");
export const HealthCheckTls = auroraBuilder<Input.HealthCheckTlsInput>("HealthCheckTls");
export const HealthCheck = auroraBuilder<Input.HealthCheckInput>("HealthCheck");
export const DefaultHealthChecker = HealthCheckerConfig({ http: HttpHealthChecker() });

export const Announcer = auroraBuilder<Input.AnnouncerInput>("Announcer");

export const LifecycleConfig = auroraBuilder<Input.LifecycleConfigInput>("LifecycleConfig");
export const HttpLifecycleConfig = auroraBuilder<Input.HttpLifecycleConfigInput>("HttpLifecycleConfig");
export const DefaultLifecycleConfig = LifecycleConfig({ http: HttpLifecycleConfig() });
export const DisableLifecycle = LifecycleConfig();

export const Metadata = auroraBuilder<Input.MetadataInput>("Metadata");
export const ExecutorConfig = auroraBuilder<Input.ExecutorConfigInput>("ExecutorConfig");
export const PartitionPolicy = auroraBuilder<Input.PartitionPolicyInput>("PartitionPolicy");
export const PercentageSlaPolicy = auroraBuilder<Input.PercentageSlaPolicyInput>("PercentageSlaPolicy");
export const CountSlaPolicy = auroraBuilder<Input.CountSlaPolicyInput>("CountSlaPolicy");
export const CoordinatorSlaPolicy = auroraBuilder<Input.CoordinatorSlaPolicyInput>("CoordinatorSlaPolicy");

export const Container = auroraBuilder<Input.ContainerInput>("Container");
export const Docker = auroraBuilder<Input.DockerInput>("Docker");
export const Parameter = auroraBuilder<Input.ParameterInput>("Parameter");
export const Mesos = auroraBuilder<Input.MesosInput>("Mesos");
export const AppcImage = auroraBuilder<Input.AppcImageInput>("AppcImage");
export const DockerImage = auroraBuilder<Input.DockerImageInput>("DockerImage");
export const Volume = auroraBuilder<Input.VolumeInput>("Volume");
