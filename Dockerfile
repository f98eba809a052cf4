# Two images from one file: `docker build --target exporter .` and `docker build --target analyzer .`
# Node.js runs the TypeScript as it is; only the console is built. The version is the one that package.json develops with.

FROM node:24.21.0-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:24.21.0-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts && npm cache clean --force
COPY analyzer ./analyzer
RUN node analyzer/console/build.ts

FROM node:24.21.0-bookworm-slim AS base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/latency-guard/latency-guard"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY service ./service

FROM base AS exporter
LABEL org.opencontainers.image.title="Latency Guard exporter" \
      org.opencontainers.image.description="Per-process-group and host metrics for Prometheus"
RUN apt-get update \
    && apt-get install -y --no-install-recommends iputils-ping \
    && rm -rf /var/lib/apt/lists/*
COPY exporter ./exporter
# Fills the compile cache, which the read-only container could not: 20 MB less of resident memory.
RUN node exporter/main.ts --config.check
# Root, because /proc/PID/io and fd of other users' processes are closed to everyone else.
# compose.yml takes away every capability but the three that this needs.
USER root
EXPOSE 10910
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:10910/-/healthy').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "exporter/main.ts"]

FROM base AS analyzer
LABEL org.opencontainers.image.title="Latency Guard analyzer" \
      org.opencontainers.image.description="Forecasts, bottleneck findings and alerts from what Prometheus stores"
COPY exporter/promformat ./exporter/promformat
COPY rules ./rules
COPY analyzer ./analyzer
COPY --from=console /app/analyzer/console/dist ./analyzer/console/dist
# What is learnt, as a volume that the user may write to.
RUN mkdir -p /var/lib/latency-guard && chown node:node /var/lib/latency-guard
USER node
EXPOSE 10911
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:10911/-/healthy').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "analyzer/main.ts"]
