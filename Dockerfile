# The release's own file on a distroless base: built from source by the release's command (the same bytes in every
# folder), its sum checked and installed by the release's script.
#   docker build -t virtusoul-router .
#   docker run -p 4000:4000 --env-file .env -v virtusoul-data:/data virtusoul-router

FROM node:22-bookworm-slim AS build
WORKDIR /build
RUN npm install --global --allow-scripts=bun bun@1.4.5
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile
COPY tsconfig.json LICENSE NOTICE README.md .env.example ./
COPY src src
COPY models models
COPY training/eval.jsonl training/eval.jsonl
COPY scripts scripts
ARG TARGETARCH=amd64
RUN bun --no-env-file scripts/release.ts --level 0 --only "linux-$(echo "$TARGETARCH" | sed s/amd64/x64/)" \
  && sh scripts/deploy/install.sh --from dist/release --prefix /installed \
  && mkdir -p /empty/data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /installed/bin/virtusoul-router /virtusoul-router
COPY --from=build /installed/share/virtusoul-router /usr/share/virtusoul-router
COPY --from=build --chown=nonroot:nonroot /empty/data /data
# Bun calls 256 upstreams at a time otherwise, and lets the others wait.
ENV BUN_CONFIG_MAX_HTTP_REQUESTS=65535
ENV DATA_DIR=/data
VOLUME /data
WORKDIR /data
EXPOSE 4000
USER nonroot
HEALTHCHECK --interval=10s --timeout=6s --start-period=5s CMD ["/virtusoul-router", "health"]
ENTRYPOINT ["/virtusoul-router"]
