# The chat server as an image: built and served by the same Node, without what only building needs, not as root, and
# content with a file system that it may only read. Trained policies need Python and a worker, which are not in it.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# The image has its own Node: the one among the packages is for checkouts.
RUN npm ci --ignore-scripts && rm -f node_modules/.bin/node
COPY tsconfig.json tsconfig.build.json index.ts ./
COPY src src
COPY agents agents
COPY simulators simulators
COPY environments environments
COPY gpu-trainer gpu-trainer
COPY apps apps
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts && rm -rf node_modules/.bin node_modules/node node_modules/node-bin-*

FROM node:24-slim
ENV NODE_ENV=production ANAMNESIS_HOST=0.0.0.0 ANAMNESIS_PORT=8080
WORKDIR /app
COPY LICENSE package.json ./
COPY data data
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ANAMNESIS_PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Exec form: the signal to stop reaches the server, which lets what is under way finish.
ENTRYPOINT ["node", "dist/apps/cli/main.js"]
CMD ["serve"]
