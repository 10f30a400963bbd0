/** Style sheets go into the page's own file: console/build. */
declare module '*.css';
