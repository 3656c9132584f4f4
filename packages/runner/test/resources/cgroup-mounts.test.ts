import { describe, expect, it } from "vitest";
import { CONTROLLERS, cgroupMounts, planCgroups } from "../../src/resources/cgroup-mounts.ts";

/** The lines that matter of /proc/self/mountinfo and /proc/self/cgroup, as hosts have them. */
const HOSTS = {
  "Debian 12, a service of systemd": {
    mountinfo: `24 30 0:22 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw
32 23 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot`,
    own: "0::/system.slice/borealis.service\n",
    unified: "cpuset cpu io memory hugetlb pids rdma misc",
    hierarchies: [
      {
        version: 2,
        controllers: ["cpu", "memory", "pids"],
        mountPoint: "/sys/fs/cgroup",
        places: ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/system.slice/borealis.service"],
      },
    ],
    missing: {},
  },
  "a service of a user's systemd": {
    mountinfo: "32 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate",
    own: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/borealis.service\n",
    unified: "cpuset cpu io memory pids",
    hierarchies: [
      {
        version: 2,
        controllers: ["cpu", "memory", "pids"],
        mountPoint: "/sys/fs/cgroup",
        places: [
          "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice",
          "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/borealis.service",
        ],
      },
    ],
    missing: {},
  },
  "Docker with version 2": {
    mountinfo:
      "1022 1021 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot",
    own: "0::/\n",
    unified: "cpuset cpu io memory pids",
    hierarchies: [],
    missing: {
      cpu: "/sys/fs/cgroup is mounted read-only",
      cpuacct: "no cgroups with the controller cpuacct are mounted",
      memory: "/sys/fs/cgroup is mounted read-only",
      pids: "/sys/fs/cgroup is mounted read-only",
    },
  },
  "Docker with version 1, privileged": {
    mountinfo: `700 699 0:31 /docker/4f5e /sys/fs/cgroup/cpu,cpuacct rw,nosuid master:11 - cgroup cgroup rw,cpu,cpuacct
701 699 0:32 /docker/4f5e /sys/fs/cgroup/memory rw,nosuid master:12 - cgroup cgroup rw,memory
702 699 0:33 /docker/4f5e /sys/fs/cgroup/pids rw,nosuid master:13 - cgroup cgroup rw,pids`,
    own: "4:pids:/docker/4f5e\n3:memory:/docker/4f5e\n2:cpu,cpuacct:/docker/4f5e\n",
    unified: "",
    hierarchies: [
      {
        version: 1,
        controllers: ["cpu", "cpuacct"],
        mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
        places: ["/sys/fs/cgroup/cpu,cpuacct"],
      },
      {
        version: 1,
        controllers: ["memory"],
        mountPoint: "/sys/fs/cgroup/memory",
        places: ["/sys/fs/cgroup/memory"],
      },
      {
        version: 1,
        controllers: ["pids"],
        mountPoint: "/sys/fs/cgroup/pids",
        places: ["/sys/fs/cgroup/pids"],
      },
    ],
    missing: {},
  },
  "Debian 10, both versions": {
    mountinfo: `26 25 0:23 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
27 25 0:24 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
31 25 0:28 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,pids`,
    own: "7:pids:/system.slice/ssh.service\n4:cpu,cpuacct:/\n1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n",
    unified: "",
    hierarchies: [
      {
        version: 2,
        controllers: [],
        mountPoint: "/sys/fs/cgroup/unified",
        places: ["/sys/fs/cgroup/unified/system.slice", "/sys/fs/cgroup/unified/system.slice/ssh.service"],
      },
      {
        version: 1,
        controllers: ["cpu"],
        mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
        places: ["/sys/fs/cgroup/cpu,cpuacct"],
      },
      {
        version: 1,
        controllers: ["pids"],
        mountPoint: "/sys/fs/cgroup/pids",
        places: ["/sys/fs/cgroup/pids/system.slice", "/sys/fs/cgroup/pids/system.slice/ssh.service"],
      },
    ],
    missing: { memory: "no cgroups with the controller memory are mounted" },
  },
  "a namespace that hides our own cgroup": {
    mountinfo: "33 31 0:30 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw",
    own: "0::/../../elsewhere\n",
    unified: "cpu memory",
    hierarchies: [],
    missing: {
      cpu: "our own cgroup is not below /sys/fs/cgroup",
      cpuacct: "no cgroups with the controller cpuacct are mounted",
      memory: "our own cgroup is not below /sys/fs/cgroup",
      pids: "no cgroups with the controller pids are mounted",
    },
  },
  "a namespace whose mounts are from outside": {
    mountinfo: "35 31 0:32 /../.. /cg\\040roups rw,relatime - cgroup2 cgroup2 rw",
    own: "0::/\n",
    unified: "cpu memory pids",
    hierarchies: [],
    missing: {
      cpu: "our own cgroup is not below /cg roups",
      cpuacct: "no cgroups with the controller cpuacct are mounted",
      memory: "our own cgroup is not below /cg roups",
      pids: "our own cgroup is not below /cg roups",
    },
  },
  "no cgroups": {
    mountinfo: "24 30 0:22 / /proc rw,nosuid shared:12 - proc proc rw\n",
    own: "",
    unified: "",
    hierarchies: [],
    missing: Object.fromEntries(CONTROLLERS.map((controller) => [controller, "no cgroups are mounted"])),
  },
} as const;

describe("which cgroups are used", () => {
  for (const [name, { mountinfo, own, unified, hierarchies, missing }] of Object.entries(HOSTS)) {
    it(name, () => {
      const plan = planCgroups(
        { mounts: cgroupMounts(mountinfo), ownCgroups: own, unifiedControllers: unified.split(" ") },
        CONTROLLERS,
      );
      expect(plan.hierarchies).toEqual(hierarchies);
      expect(Object.fromEntries(plan.missing)).toEqual(missing);
    });
  }

  it("a hierarchy with `cpu` is not joined where nothing is to be limited and something else counts", () => {
    const { mountinfo, own } = HOSTS["Debian 10, both versions"];
    const facts = { mounts: cgroupMounts(mountinfo), ownCgroups: own, unifiedControllers: [] };
    const { hierarchies } = planCgroups(facts, ["cpuacct", "memory", "pids"]);
    expect(hierarchies.map(({ mountPoint }) => mountPoint)).toEqual([
      "/sys/fs/cgroup/unified",
      "/sys/fs/cgroup/pids",
    ]);
  });
});
