import type { ApiRateLimit } from '../control/api-types.ts';
import type { RateLimit, TokenBucket } from '../vm-options.ts';

/** A limit as Cloud Hypervisor has it; an empty object where there is none, to be spread into a device. */
export function rateLimit(limit: RateLimit | null | undefined): { readonly rate_limiter_config?: ApiRateLimit } {
  if (limit === null || limit === undefined) return {};
  const { bandwidth, operations } = limit;
  return {
    rate_limiter_config: {
      ...(bandwidth === undefined ? {} : { bandwidth: bucket(bandwidth) }),
      ...(operations === undefined ? {} : { ops: bucket(operations) }),
    },
  };
}

function bucket({ size, burst, refillMs }: TokenBucket): NonNullable<ApiRateLimit['bandwidth']> {
  return { size, one_time_burst: burst ?? 0, refill_time: refillMs };
}
